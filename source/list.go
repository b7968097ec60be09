package source

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The bounds of lists.
const (
	maxList    = 4 << 20 // bytes
	maxListed  = 100_000 // inputs
	maxNesting = 5       // lists within lists
)

// ErrList is wrapped by the error for a list that names nothing or too much.
var ErrList = errors.New("not a list of inputs")

// isAddress tells whether op is an address of the web.
func isAddress(op string) bool {
	scheme, rest, ok := strings.Cut(op, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return false
	}
	u, err := url.Parse(scheme + "://" + rest)
	return err == nil && u.Host != ""
}

// isList returns the name of the file that op, "@name" or an OPML file, lists
// inputs in. A file that is really called @name is an input.
func isList(op string) (string, bool) {
	if name, ok := strings.CutPrefix(op, "@"); ok && name != "" {
		if _, err := os.Stat(op); err != nil {
			return name, true
		}
	}
	return op, strings.EqualFold(filepath.Ext(op), ".opml") && !isAddress(op)
}

// list adds what the file names: one operand a line, or the feeds of an OPML file.
// Relative names are relative to the file.
func (f *finder) list(name string) error {
	clean := filepath.Clean(name)
	switch {
	case slices.Contains(f.lists, clean):
		return fmt.Errorf("source: %s: a list that names itself: %w", name, ErrList)
	case len(f.lists) >= maxNesting:
		return fmt.Errorf("source: %s: lists within lists, more than %d deep: %w", name, maxNesting, ErrList)
	}
	f.lists = append(f.lists, clean)
	defer func() { f.lists = f.lists[:len(f.lists)-1] }()
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("source: %s: %w", name, cause(err))
	}
	defer file.Close()
	data, err := readBounded(file, maxList)
	if err != nil {
		return fmt.Errorf("source: %s: %w", name, cause(err))
	}
	operands, err := listed(data)
	if err != nil {
		return fmt.Errorf("source: %s: %w", name, err)
	}
	var errs []error
	for _, op := range operands {
		if f.listed++; f.listed > maxListed {
			return fmt.Errorf("source: %s: more than %d inputs: %w", name, maxListed, ErrList)
		}
		if prefix := strings.TrimPrefix(op, "@"); op != "-" && !isAddress(op) && !filepath.IsAbs(prefix) {
			op = strings.Repeat("@", len(op)-len(prefix)) + filepath.Join(filepath.Dir(name), prefix)
		}
		if err := f.operand(op); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// listed returns the operands that a list names.
func listed(data []byte) ([]string, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if head := bytes.ToLower(data[:min(len(data), 4096)]); bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) && bytes.Contains(head, []byte("<opml")) {
		return outlines(data)
	}
	var ops []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			ops = append(ops, line)
		}
	}
	if len(ops) == 0 {
		return nil, fmt.Errorf("no line of it names an input: %w", ErrList)
	}
	return ops, nil
}

// outlines returns the addresses of the feeds of an OPML file.
func outlines(data []byte) ([]string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	// The addresses are ASCII in every encoding that such a file is written in.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var ops []string
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("OPML: %w: %w", ErrList, err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok || !strings.EqualFold(start.Name.Local, "outline") {
			continue
		}
		for _, a := range start.Attr {
			if v := strings.TrimSpace(a.Value); strings.EqualFold(a.Name.Local, "xmlUrl") && isAddress(v) {
				ops = append(ops, v)
			}
		}
	}
	if len(ops) == 0 {
		return nil, fmt.Errorf("OPML without a feed: %w", ErrList)
	}
	return ops, nil
}
