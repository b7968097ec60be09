package deliver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sunday is the date of the first issue.
var sunday = time.Date(2026, 1, 4, 7, 0, 0, 0, time.FixedZone("", 8*3600))

// stored writes files to be delivered and tells what they are. Their names are
// "name:format", their bytes are made of the name and a salt.
func stored(t testing.TB, salt string, names ...string) []File {
	t.Helper()
	dir := t.TempDir()
	var out []File
	for _, n := range names {
		name, format, _ := strings.Cut(n, ":")
		data := bytes.Repeat([]byte(name+salt+"\r\n.\r\n"), 500)
		path := filepath.Join(dir, fmt.Sprintf("%d", len(out)))
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		out = append(out, File{
			Path: path, Name: name, ASCII: fmt.Sprintf("book-%d.%s", len(out)+1, format), Format: format,
			Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
		})
	}
	return out
}

// weekly is issue n of a digest: an EPUB and a PDF.
func weekly(t testing.TB, digest string, n int) Book {
	t.Helper()
	slot := fmt.Sprintf("2026-W%02d", n)
	b := Book{
		Digest: digest, Slot: slot, Issue: n, Title: fmt.Sprintf("科技周刊 第 %d 期", n), Series: "科技周刊", Lang: "zh-Hans",
		Date: sunday.AddDate(0, 0, 7*(n-1)), Contents: []string{"第一篇", "Second & <last>"},
		Files: stored(t, slot, digest+"-"+slot+".epub:epub", digest+"-"+slot+".pdf:pdf"),
	}
	b.Cover = stored(t, "cover"+slot, "cover.png:png")[0].Path
	if err := os.Rename(b.Cover, b.Cover+".png"); err != nil {
		t.Fatal(err)
	}
	b.Cover += ".png"
	return b
}

// send delivers all parts of a book and returns the receipts, or the first error.
func send(t testing.TB, target Target, b Book) ([]Receipt, error) {
	t.Helper()
	parts, err := target.Parts(b)
	if err != nil {
		return nil, err
	}
	var out []Receipt
	for i, p := range parts {
		if p.Index != i || p.Of != len(parts) {
			t.Errorf("part %d of %d says it is %d of %d", i, len(parts), p.Index, p.Of)
		}
		r, err := target.Deliver(context.Background(), b, p)
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	return out, nil
}

func must(t testing.TB, target Target, b Book) []Receipt {
	t.Helper()
	r, err := send(t, target, b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// listing returns the files below a folder, by their names.
func listing(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
