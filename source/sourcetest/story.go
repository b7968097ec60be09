package sourcetest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/source"
)

// Stories runs the case files that pattern, as "testdata/*.txtar", names. Each is an
// archive of text files: what it shows, as a comment; the files of an input, which
// open makes one of; and "want", the Story of its documents, which go test -update
// writes.
func Stories(t *testing.T, pattern string, r source.Reader, open func(t testing.TB, files []txtar.File) source.Input) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d cases, %v", pattern, len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var files []txtar.File
			for _, f := range a.Files {
				if f.Name != "want" {
					files = append(files, f)
				}
			}
			in := open(t, files)
			if !r.Match(in) {
				t.Errorf("%s does not match", r.Name())
			}
			a.Files = append(files, txtar.File{Name: "want", Data: []byte(Story(r, in))})
			golden.Equal(t, path, string(txtar.Format(a)))
		})
	}
}

// Story returns what a reader makes of an input, for people to read: of each
// document what is known beside its text, its text, and the issues; then its error.
func Story(r source.Reader, in source.Input) string {
	var b strings.Builder
	var issues []article.Issue
	rest := func() {
		for _, i := range issues {
			fmt.Fprintf(&b, "%s %s\n", i.Severity, i)
		}
		issues = nil
	}
	for doc, err := range r.Read(in, func(i article.Issue) { issues = append(issues, i) }) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		if err != nil {
			fmt.Fprintf(&b, "error %v\n", err)
		} else {
			b.WriteString((&article.Document{Meta: doc.Meta, Extent: doc.Extent}).Dump())
			for line := range strings.Lines(doc.Text()) {
				b.WriteString("| " + line)
			}
			for img := range doc.Images() {
				if img != doc.Meta.Lead {
					fmt.Fprintf(&b, "picture %s\n", img.Src)
				}
			}
		}
		rest()
	}
	rest()
	return b.String()
}

// File is an open for Stories: the first file is the input, the others lie beside it.
func File(_ testing.TB, files []txtar.File) source.Input {
	tree := fstest.MapFS{}
	for _, f := range files {
		tree[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return source.Input{Name: files[0].Name, Data: files[0].Data, Files: tree, Path: files[0].Name}
}

// Folder is an open for Stories: the input is the folder of the files.
func Folder(t testing.TB, files []txtar.File) source.Input {
	in := File(t, files)
	return source.Input{Name: "folder", Files: in.Files}
}

// Zip returns the ZIP archive of files.
func Zip(t testing.TB, files []txtar.File) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		part, err := w.Create(f.Name)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Archive is an open for Stories: the input is the ZIP archive of the files.
func Archive(t testing.TB, files []txtar.File) source.Input {
	t.Helper()
	entries, err := source.Find([]string{"-"}, source.Search{Stdin: bytes.NewReader(Zip(t, files))})
	if err != nil {
		t.Fatal(err)
	}
	in, err := entries[0].Load()
	if err != nil {
		t.Fatal(err)
	}
	in.Name = "archive"
	return in
}
