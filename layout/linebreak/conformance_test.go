package linebreak

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// rows reads a tab-separated file of testdata; its first row names the columns.
func rows(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	var out []map[string]string
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if strings.HasPrefix(s.Text(), "# ") {
			continue
		}
		cells := strings.Split(s.Text(), "\t")
		if names == nil {
			names = cells
			continue
		}
		row := map[string]string{}
		for i, c := range cells {
			row[names[i]] = c
		}
		out = append(out, row)
	}
	if s.Err() != nil || len(out) == 0 {
		t.Fatal(path, s.Err(), len(out))
	}
	return out
}

// TestUnicode runs Unicode's own LineBreakTest, all of it: Strict without a language is
// UAX #14 untouched.
func TestUnicode(t *testing.T) {
	packed, err := os.ReadFile("testdata/LineBreakTest-17.0.0.txt.zst")
	if err != nil {
		t.Fatal(err)
	}
	r, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := r.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	passed, all := 0, 0
	var b Breaker
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		all++
		var text []rune
		var want []bool
		for _, f := range strings.Fields(line) {
			switch f {
			case "÷":
				want = append(want, true)
			case "×":
				want = append(want, false)
			default:
				v, err := strconv.ParseUint(f, 16, 32)
				if err != nil {
					t.Fatal(err)
				}
				text = append(text, rune(v))
			}
		}
		got := b.Breaks(text, Options{Strictness: Strict}, nil)
		ok := len(got) == len(want)
		for i := 0; ok && i < len(got); i++ {
			ok = got[i]&Allowed != 0 == want[i]
		}
		if !ok {
			t.Errorf("%s: %v", line, got)
			continue
		}
		passed++
	}
	if all != 19338 {
		t.Errorf("the file has %d cases", all)
	}
	t.Logf("%d of %d", passed, all)
}

// TestCSS runs rows of the web-platform-tests for CSS Text.
func TestCSS(t *testing.T) {
	strictness := map[string]Strictness{"auto": Auto, "loose": Loose, "normal": Normal, "strict": Strict, "anywhere": Anywhere}
	wordBreak := map[string]WordBreak{"normal": NormalBreak, "keep-all": KeepAll, "break-all": BreakAll}
	passed, ran := 0, 0
	for _, row := range rows(t, "testdata/wpt_linebreak.tsv") {
		if row["contested"] != "" {
			continue
		}
		ran++
		lang := row["lang"]
		if lang == "und" {
			lang = ""
		}
		s, ok1 := strictness[row["line_break"]]
		w, ok2 := wordBreak[row["word_break"]]
		if !ok1 || !ok2 {
			t.Fatal(row)
		}
		text := []rune(strings.ReplaceAll(row["text"], `\|`, "|"))
		got := Breaks(text, Options{Lang: lang, Strictness: s, WordBreak: w}, nil)
		ok := true
		for column, want := range map[string]bool{"break_allowed_at": true, "break_prohibited_at": false} {
			if row[column] == "" {
				continue
			}
			for _, at := range strings.Split(row[column], ",") {
				i, err := strconv.Atoi(at)
				if err != nil {
					t.Fatal(err)
				}
				if want && text[i] == ' ' {
					i++ // some rows count the visible end of the line
				}
				if (got[i]&Allowed != 0) != want {
					ok = false
					t.Errorf("%s: lang %q, %s, %s, %s: %s: before %d: want %v", row["id"], lang, row["line_break"], row["word_break"], row["category"], row["text"], i, want)
				}
			}
		}
		if ok {
			passed++
		}
	}
	t.Logf("%d of %d uncontested rows", passed, ran)
}
