// Command pack writes the patterns of layout/hyphen from a TeX distribution:
//
//	go run ./layout/hyphen/internal/pack DIR
//
// DIR is tex/generic/hyph-utf8/patterns of the hyph-utf8 package. The headers of the
// files, with their authors and licences, go to NOTICE.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// files are the names that the package's own tags have in hyph-utf8.
var files = []struct{ tag, name string }{
	{"da", "da"}, {"de", "de-1996"}, {"en-GB", "en-gb"}, {"en", "en-us"}, {"es", "es"}, {"et", "et"}, {"fi", "fi-x-school"},
	{"fr", "fr"}, {"it", "it"}, {"lt", "lt"}, {"nl", "nl"}, {"pl", "pl"}, {"pt", "pt"}, {"ru", "ru"}, {"sl", "sl"}, {"sv", "sv"},
	{"uk", "uk"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pack DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1], "layout/hyphen/patterns"); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

const about = `The patterns in this folder

They are not under the licence of the program, but under those below. Each file
holds the patterns and exceptions of the file of the same language of hyph-utf8
(http://www.hyphenation.org/tex), whose header is repeated here: their letters are
unchanged, comments are left out, and they are compressed by
../internal/pack. They are not the original files and do not bear their names;
those are part of every TeX distribution and to be had from CTAN. Errors in
the packed files are ours.
`

func run(from, to string) error {
	var notice bytes.Buffer
	notice.WriteString(about)
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	for _, f := range files {
		tex, err := os.ReadFile(filepath.Join(from, "tex", "hyph-"+f.name+".tex"))
		if err != nil {
			return err
		}
		head := header(string(tex))
		fmt.Fprintf(&notice, "\n\n%s.zst, from hyph-%s.tex\n\n%s", f.tag, f.name, head)
		left, right := mins(head)
		patterns, err := os.ReadFile(filepath.Join(from, "txt", "hyph-"+f.name+".pat.txt"))
		if err != nil {
			return err
		}
		exceptions, err := os.ReadFile(filepath.Join(from, "txt", "hyph-"+f.name+".hyp.txt"))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		text := fmt.Sprintf("%s %s\n%s\n%s\n", left, right, words(patterns), words(exceptions))
		if err := os.WriteFile(filepath.Join(to, f.tag+".zst"), w.EncodeAll([]byte(text), nil), 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(to, "NOTICE"), notice.Bytes(), 0o666)
}

func words(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }

// header returns the structured comment at the begin of a file.
func header(tex string) string {
	var b strings.Builder
	for line := range strings.Lines(tex) {
		if !strings.HasPrefix(line, "%") || strings.HasPrefix(line, "% ====") {
			break
		}
		b.WriteString("  " + strings.TrimRight(strings.TrimPrefix(line, "%"), " \r\n") + "\n")
	}
	return b.String()
}

var typesetting = regexp.MustCompile(`typesetting:\s+left:\s*(\d+)\s+right:\s*(\d+)`)

// mins returns how many letters stay before and after a hyphen at least: two where the
// file does not say.
func mins(head string) (left, right string) {
	m := typesetting.FindStringSubmatch(head)
	if m == nil {
		return "2", "2"
	}
	return m[1], m[2]
}
