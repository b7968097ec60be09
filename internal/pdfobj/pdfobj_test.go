package pdfobj

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leporello-press/leporello/internal/pdftest"
)

func TestWrittenForms(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Object
		want string
	}{
		{"null", Null{}, "null"},
		{"bool", Bool(true), "true"},
		{"int", Int(-7), "-7"},
		{"whole real", Real(12000), "12"},
		{"real", Real(12345), "12.345"},
		{"trailing zeros go", Real(12500), "12.5"},
		{"no zero before the point", Real(-30), "-.03"},
		{"zero", Real(0), "0"},
		{"plain name", Name("Type"), "/Type"},
		{"name with a space, a delimiter, # and a byte above 127", Name("a b(c#é"), "/a#20b#28c#23#C3#A9"},
		{"NUL is not of a name", Name("a\x00b"), "/ab"},
		{"ASCII text", Text("a(b)c\\d"), `(a\(b\)c\\d)`},
		{"CR is escaped", Bytes("a\rb"), `(a\rb)`},
		{"text in UTF-16", Text("中"), "(\xFE\xFF\x4E\x2D)"},
		{"surrogates", Text("𠮷"), "(\xFE\xFF\xD8\x42\xDF\xB7)"},
		{"a byte of UTF-16 that is a bracket", Text("∨"), "(\xFE\xFF\"\\()"}, // U+2228
		{"reference", Ref(12), "12 0 R"},
		{"array", Array{Int(1), Name("X"), Ref(3)}, "[1 /X 3 0 R]"},
		{"dict", Dict{{"A", Int(1)}, {"B", nil}, {"C", Name("D")}, {"E", Array{}}}, "<</A 1/C/D/E[]>>"},
		{"raw", Raw("[1 2]"), "[1 2]"},
	} {
		if got := string(Append(nil, c.o)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// object returns a file with one value and reads the value back.
func roundTrip(t *testing.T, o Object) any {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	ref := w.Add(o)
	if err := w.Close(ref, 0); err != nil {
		t.Fatal(err)
	}
	return pdftest.Must(t, b.Bytes()).Objects[pdftest.Ref(ref)]
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "(\\)", "中文𠮷\r\n", "\x00\xff", "\u2028)("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := roundTrip(t, Bytes(s)).([]byte); string(got) != s {
			t.Errorf("bytes %q came back as %q", s, got)
		}
		if got := roundTrip(t, Name(s)); got != pdftest.Name(strings.ReplaceAll(s, "\x00", "")) {
			t.Errorf("name %q came back as %q", s, got)
		}
		if utf8.ValidString(s) {
			if got := pdftest.Text(roundTrip(t, Text(s)).([]byte)); got != s {
				t.Errorf("text %q came back as %q", s, got)
			}
		}
	})
}

// big writes a file with every way to write an object, and more objects than
// one object stream holds.
func big(w io.Writer) (Ref, error) {
	pw := NewWriter(w)
	catalog := pw.Reserve()
	pages := pw.Reserve()
	page := pw.Add(Dict{
		{"Type", Name("Page")}, {"Parent", pages},
		{"MediaBox", Array{Int(0), Int(0), Int(100), Int(100)}},
		{"Contents", pw.Stream(nil, []byte("0 0 50 50 re f\n"))},
		{"Resources", Dict{}},
	})
	pw.Put(pages, Dict{{"Type", Name("Pages")}, {"Kids", Array{page}}, {"Count", Int(1)}})
	var others Array
	for i := range 1000 {
		others = append(others, pw.Add(Dict{{"N", Int(i)}, {"S", Text(strings.Repeat("字", i%90))}}))
	}
	raw := pw.Reserve()
	pw.PutRaw(raw, Dict{{"Kind", Name("raw")}}, []byte("endstream? \r\n no"))
	from := pw.Reserve()
	pw.PutFrom(from, nil, strings.NewReader("0123456789 and more"), 10, "digest")
	var count bytes.Buffer
	for i := range 2000 {
		fmt.Fprintln(&count, i)
	}
	flate := pw.Stream(Dict{{"Kind", Name("flate")}}, count.Bytes())
	pw.Put(catalog, Dict{
		{"Type", Name("Catalog")}, {"Pages", pages},
		{"X", Array{others, raw, from, flate}},
	})
	return catalog, pw.Close(catalog, 0)
}

func TestRoundTrip(t *testing.T) {
	var b bytes.Buffer
	root, err := big(&b)
	if err != nil {
		t.Fatal(err)
	}
	f := pdftest.Must(t, b.Bytes())
	if f.Trailer["Root"] != pdftest.Ref(root) {
		t.Errorf("root is %v, want %v", f.Trailer["Root"], root)
	}
	id := f.Trailer["ID"].(pdftest.Array)
	if len(id) != 2 || len(id[0].([]byte)) != 16 || !reflect.DeepEqual(id[0], id[1]) {
		t.Errorf("identifier %v", id)
	}
	x := f.Root()["X"].(pdftest.Array)
	for i, r := range x[0].(pdftest.Array) {
		o := f.Dict(r)
		if o["N"] != i || pdftest.Text(o["S"].([]byte)) != strings.Repeat("字", i%90) {
			t.Fatalf("object %d is %v", i, o)
		}
	}
	if got, _ := f.Data(x[1]); string(got) != "endstream? \r\n no" {
		t.Errorf("raw: %q", got)
	}
	if got, _ := f.Data(x[2]); string(got) != "0123456789" {
		t.Errorf("from: %q", got)
	}
	var want strings.Builder
	for i := range 2000 {
		fmt.Fprintln(&want, i)
	}
	got, err := f.Data(x[3])
	if err != nil || string(got) != want.String() || f.At(x[3], "Filter") != pdftest.Name("FlateDecode") {
		t.Errorf("flate: %d bytes, %v", len(got), err)
	}
}

func TestTwiceIsTheSame(t *testing.T) {
	var a, b bytes.Buffer
	if _, err := big(&a); err != nil {
		t.Fatal(err)
	}
	if _, err := big(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs differ")
	}
}

func keysOf(f *pdftest.File, root Ref) []any {
	keys, _ := f.Tree(pdftest.Ref(root))
	return keys
}

func TestTrees(t *testing.T) {
	for _, n := range []int{1, 64, 65, 128, 4096, 4097, 10000} {
		var b bytes.Buffer
		w := NewWriter(&b)
		numbers, names := NewNumberTree(w), NewNameTree(w)
		for i := range n {
			numbers.Add(3*i, Int(i))
			names.Add(fmt.Sprintf("%06d", i), Int(i))
		}
		nums, strs := numbers.Close(), names.Close()
		if err := w.Close(nums, 0); err != nil {
			t.Fatal(err)
		}
		f := pdftest.Must(t, b.Bytes())
		got := keysOf(f, nums)
		if len(got) != n || got[0] != 0 || got[n-1] != 3*(n-1) {
			t.Errorf("%d numbers: %d keys", n, len(got))
		}
		if got := keysOf(f, strs); len(got) != n {
			t.Errorf("%d names: %d keys", n, len(got))
		}
	}
	w := NewWriter(io.Discard)
	if ref := NewNameTree(w).Close(); ref != 0 {
		t.Errorf("an empty tree is object %d", ref)
	}
	tree := NewNumberTree(w)
	tree.Add(2, Null{})
	tree.Add(2, Null{})
	if w.Err() == nil {
		t.Error("equal keys are no error")
	}
}

func TestMistakes(t *testing.T) {
	w := NewWriter(io.Discard)
	w.Reserve()
	if err := w.Close(w.Add(Dict{}), 0); err == nil || !strings.Contains(err.Error(), "never written") {
		t.Errorf("an object that was never written: %v", err)
	}
	w = NewWriter(io.Discard)
	w.PutFrom(w.Reserve(), nil, strings.NewReader("abc"), 4, "")
	if err := w.Close(w.Add(Dict{}), 0); !errors.Is(err, io.EOF) {
		t.Errorf("a stream that ends early: %v", err)
	}
	for name, f := range map[string]func(*Writer){
		"twice":    func(w *Writer) { r := w.Add(Null{}); w.Put(r, Null{}) },
		"unknown":  func(w *Writer) { w.Put(99, Null{}) },
		"nothing":  func(w *Writer) { w.Put(0, Null{}) },
		"a stream": func(w *Writer) { r := w.Stream(nil, nil); w.PutStream(r, nil, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f(NewWriter(io.Discard))
		}()
	}
}

// limited fails after n bytes.
type limited struct{ n int }

var errFull = errors.New("full")

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.n {
		n := l.n
		l.n = 0
		return n, errFull
	}
	l.n -= len(b)
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	var whole bytes.Buffer
	if _, err := big(&whole); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < whole.Len(); n += 97 {
		if _, err := big(&limited{n}); !errors.Is(err, errFull) {
			t.Fatalf("disk full after %d bytes: %v", n, err)
		}
	}
}

func TestQPDF(t *testing.T) {
	tool, err := exec.LookPath("qpdf")
	if err != nil {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal(err)
		}
		t.Skip("qpdf is not installed")
	}
	path := filepath.Join(t.TempDir(), "a.pdf")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := big(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(tool, "--check", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
