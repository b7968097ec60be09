package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Extensions are the endings of file names, in lower case, that a folder is
// searched for. A file that a person names is taken whatever its ending.
var Extensions = []string{".txt", ".html", ".htm", ".xhtml", ".xht", ".md", ".markdown", ".mdown", ".mkd", ".mht", ".mhtml", ".rss", ".atom"}

// Search is how Find looks for inputs. The zero value is good.
type Search struct {
	// Stdin is what the operand "-" reads; nil: "-" is an error.
	Stdin io.Reader
	// MaxBytes bounds each input as it lies on the disk; 0 is 32 MiB.
	MaxBytes int64
	// Get brings what is at an address of the web, for operands that are one; nil:
	// such operands are errors. It is called each time that the input is loaded, and
	// must bring the same each time.
	Get func(address string) (Input, error)
	// Folder tells whether a folder is one input, as an unpacked archive is, and not
	// a folder of inputs; nil: none is.
	Folder func(fs.FS) bool
	// Extensions replaces the package's Extensions; nil: those.
	Extensions []string
}

// Entry is an input that was found and not yet read.
type Entry struct {
	// Name is what messages call it: the operand, and for a file within a folder
	// the path below it, separated by slashes.
	Name string

	root  string // the folder that references are confined to, absolute; empty: standard input
	path  string // the file within root, slash-separated
	named bool   // a person named the very file: it may be a link out of root
	limit int64
	stdin *stdin
	get   func(address string) (Input, error) // of an address; nil: it is none
	whole bool                                // the folder root is the input
}

// File is the path of the file that Load reads; empty: standard input.
func (e Entry) File() string {
	if e.root == "" || e.whole {
		return ""
	}
	return filepath.Join(e.root, filepath.FromSlash(e.path))
}

// ErrTooLarge is what Load's error wraps when an input exceeds Search.MaxBytes.
var ErrTooLarge = errors.New("larger than the limit")

// stdin is standard input, which can be read one time only and is asked for more often.
type stdin struct {
	once  sync.Once
	from  io.Reader
	limit int64
	data  []byte
	err   error
}

func (s *stdin) read() ([]byte, error) {
	s.once.Do(func() { s.data, s.err = readBounded(s.from, s.limit) })
	return s.data, s.err
}

// Find returns the inputs that the operands name: files, folders with all that
// is below them, patterns (*, ?, [a-z] within a name, ** for any folders), "-" for
// standard input, addresses of the web, and lists of all these: "@name" is a file
// with one operand a line (# begins a comment), an OPML file (.opml) lists feeds;
// names in a list are relative to it. Inputs come in the order of the operands,
// those of a folder or pattern sorted by path; one that is named twice comes once.
// Files and folders whose name begins with a dot are found by nothing but their
// full name. Nothing is read but folders and lists. An operand without an input is
// an error that wraps fs.ErrNotExist and names it; all such operands are named.
func Find(operands []string, s Search) ([]Entry, error) {
	if s.Extensions == nil {
		s.Extensions = Extensions
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = 32 << 20
	}
	f := finder{Search: s, seen: map[string]bool{}}
	var errs []error
	for _, op := range operands {
		if err := f.operand(op); err != nil {
			errs = append(errs, err)
		}
	}
	return f.found, errors.Join(errs...)
}

type finder struct {
	Search
	found []Entry
	seen  map[string]bool // by absolute path without links; "-" for standard input

	lists  []string // that are being read, each within the one before it
	listed int      // operands of all lists
}

func (f *finder) operand(op string) error {
	if op == "-" {
		return f.standardInput()
	}
	if name, ok := isList(op); ok {
		return f.list(name)
	}
	if f.Get != nil && isAddress(op) {
		if f.first(op) {
			f.found = append(f.found, Entry{Name: op, get: f.Get})
		}
		return nil
	}
	info, err := os.Stat(op)
	switch {
	case err == nil && info.IsDir():
		return f.folder(op)
	case err == nil:
		return f.file(op)
	case strings.ContainsAny(op, "*?["):
		return f.pattern(op)
	case strings.Contains(op, "://"):
		return fmt.Errorf("source: %s: an address; only files and folders can be read: %w", op, fs.ErrNotExist)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("source: %s: no such file or folder: %w", op, fs.ErrNotExist)
	}
	return fmt.Errorf("source: %w", err)
}

func (f *finder) standardInput() error {
	if f.Stdin == nil {
		return errors.New("source: -: there is no standard input")
	}
	if f.first("-") {
		f.found = append(f.found, Entry{Name: "-", stdin: &stdin{from: f.Stdin, limit: f.MaxBytes}})
	}
	return nil
}

// first tells whether key is seen for the first time.
func (f *finder) first(key string) bool {
	if f.seen[key] {
		return false
	}
	f.seen[key] = true
	return true
}

// add takes the file at root/rel, unless it came before under any name.
func (f *finder) add(name, root, rel string, named bool) error {
	abs, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("source: %s: %w", name, err)
	}
	key := filepath.Join(abs, filepath.FromSlash(rel))
	if real, err := filepath.EvalSymlinks(key); err == nil {
		key = real
	}
	if f.first(key) {
		f.found = append(f.found, Entry{Name: name, root: abs, path: rel, named: named, limit: f.MaxBytes})
	}
	return nil
}

func (f *finder) file(op string) error {
	dir, base := filepath.Split(filepath.Clean(op))
	if dir == "" {
		dir = "."
	}
	return f.add(filepath.ToSlash(op), dir, base, true)
}

func (f *finder) known(name string) bool {
	return slices.Contains(f.Extensions, strings.ToLower(path.Ext(name)))
}

func (f *finder) folder(op string) error {
	if f.Folder != nil && f.Folder(os.DirFS(op)) {
		abs, err := filepath.Abs(op)
		if err != nil {
			return fmt.Errorf("source: %s: %w", op, err)
		}
		if f.first(abs) {
			f.found = append(f.found, Entry{Name: filepath.ToSlash(op), root: abs, whole: true})
		}
		return nil
	}
	n, err := f.walk(op, f.known)
	if err == nil && n == 0 {
		err = fmt.Errorf("source: %s: no article in this folder (%s): %w", op, strings.Join(f.Extensions, " "), fs.ErrNotExist)
	}
	return err
}

func (f *finder) pattern(op string) error {
	slashed := filepath.ToSlash(op)
	if _, err := path.Match(slashed, ""); err != nil {
		return fmt.Errorf("source: %s: %w", op, err)
	}
	// The folder above the first segment with a meta character is what
	// references of the files are confined to.
	segments := strings.Split(slashed, "/")
	fixed := slices.IndexFunc(segments, func(s string) bool { return strings.ContainsAny(s, "*?[") })
	root := strings.Join(segments[:fixed], "/")
	switch {
	case fixed == 0:
		root = "."
	case root == "":
		root = "/"
	}
	// "posts/*" means the articles there, "posts/*.md" says itself what it means.
	last := segments[len(segments)-1]
	ext := path.Ext(last)
	all := ext != "" && !strings.ContainsAny(ext, "*?[")
	n, err := f.walk(root, func(rel string) bool {
		return MatchPath(segments[fixed:], strings.Split(rel, "/")) && (all || f.known(rel))
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("source: %s: no file matches: %w", op, fs.ErrNotExist)
	}
	return err
}

// MatchPath tells whether a pattern means a path, both split at their slashes.
// "**" is any number of folders, and at the end all files below; a pattern that
// matches a folder matches what is in it.
func MatchPath(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for len(pattern) > 0 && pattern[0] == "**" {
				pattern = pattern[1:]
			}
			for i := range name {
				if MatchPath(pattern, name[i:]) {
					return true
				}
			}
			return len(pattern) == 0
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return true
}

// walk adds the files below root that take, given their path below root, takes,
// and returns how many there were.
func (f *finder) walk(root string, take func(rel string) bool) (int, error) {
	n := 0
	err := fs.WalkDir(os.DirFS(root), ".", func(rel string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && rel != "." {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || !take(rel) {
			return nil
		}
		if d.Type()&^fs.ModeSymlink != 0 {
			return nil // a pipe, a socket
		}
		if d.Type() != 0 {
			// A link to a folder is not followed: it may lead back up.
			if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(rel))); err != nil || !info.Mode().IsRegular() {
				return nil
			}
		}
		n++
		return f.add(path.Join(filepath.ToSlash(root), rel), root, rel, false)
	})
	if err != nil {
		return n, fmt.Errorf("source: %s: %w", root, err)
	}
	return n, nil
}

// Load reads the input. It may be called again, and then reads the file again;
// standard input is kept. The error wraps ErrTooLarge where the bound of the
// search is exceeded, and ErrArchive for archives that are not to be opened.
func (e Entry) Load() (Input, error) {
	in, err := e.load()
	if err != nil {
		return Input{}, fmt.Errorf("source: %s: %w", e.Name, cause(err))
	}
	return in, nil
}

func (e Entry) load() (Input, error) {
	if e.whole {
		return Input{Name: e.Name, Files: confined{e.root}}, nil
	}
	if e.stdin != nil {
		data, err := e.stdin.read()
		if err != nil {
			return Input{}, err
		}
		return unpacked(Input{Name: e.Name, Data: data}, nil)
	}
	if e.get != nil {
		in, err := e.get(e.Name)
		if err != nil {
			return Input{}, err
		}
		return unpacked(in, nil)
	}
	file, err := e.open()
	if err != nil {
		return Input{}, err
	}
	defer file.Close()
	in := Input{Name: e.Name, Files: confined{e.root}, Path: e.path, Named: e.named}
	if in.Data, err = readBounded(file, e.limit); err != nil {
		return Input{}, err
	}
	return unpacked(in, e.open)
}

// open opens the file of the entry.
func (e Entry) open() (fs.File, error) {
	if e.named {
		return os.Open(filepath.Join(e.root, filepath.FromSlash(e.path)))
	}
	return confined{e.root}.Open(e.path)
}

// cause removes the path from err: the message has the name a person knows.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// readBounded reads all of r: limit bytes at most, or archiveMore times as many of
// an archive.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	head := make([]byte, min(limit, 4))
	n, err := io.ReadFull(r, head)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		return head[:n], err
	}
	if isArchive(head) {
		limit *= archiveMore
	}
	data, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(head), r), limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("more than %d bytes: %w", limit, ErrTooLarge)
	}
	return data, err
}

// confined is the tree below a folder, opened as an os.Root for every file, so
// that ten thousand inputs of as many folders keep none of them open. Paths and
// links that lead out of the folder are refused by the operating system's rules.
type confined struct{ dir string }

// Open implements fs.FS.
func (c confined) Open(name string) (fs.File, error) {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() // the file stays open
	return root.FS().Open(name)
}

// Stat implements fs.StatFS.
func (c confined) Stat(name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return fs.Stat(root.FS(), name)
}
