package charset_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source/charset"
)

const (
	hans = "国内互联网企业走向开放是未来的必经之路，用户也会得到更好的体验。"
	hant = "國內網路企業走向開放是未來的必經之路，使用者也會得到更好的體驗。"
	ja   = "国内のインターネット企業が開放に向かうのは、避けられない道である。"
	ko   = "국내 인터넷 기업이 개방으로 나아가는 것은 피할 수 없는 길이다."
	ru   = "Открытость является единственным путём для компаний этой страны."
	fr   = "La société a été créée à Genève; elle était déjà présente à Orléans."
)

func encode(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, data []byte, mediaType string) (string, []article.Issue) {
	t.Helper()
	var issues []article.Issue
	text, err := charset.Decode(data, mediaType, 1<<20, func(i article.Issue) { issues = append(issues, i) })
	if err != nil {
		t.Fatal(err)
	}
	return string(text), issues
}

func TestDecode(t *testing.T) {
	le := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	leBare := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	page := func(label, body string) string { return `<html><head><meta charset="` + label + `"></head><p>` + body }
	tests := []struct {
		name  string
		enc   encoding.Encoding
		text  string
		media string
		code  string // of the issue, if any
	}{
		{"UTF-8", unicode.UTF8, hans, "", ""},
		{"UTF-8 with a mark", unicode.UTF8BOM, hans, "", ""},
		{"UTF-8 declared as GBK", unicode.UTF8, page("gbk", hans), "", "charset.declared"},
		{"UTF-16LE with a mark", le, "\n---\n" + hans, "", "charset.known"},
		{"UTF-16LE without", leBare, "<p>title: some text " + hans, "", "charset.guessed"},
		{"UTF-16BE without", be, "<p>title: some text " + hans, "", "charset.guessed"},
		{"GB2312 declared by the page", simplifiedchinese.GB18030, page("gb2312", hans+"𠮷€"), "", "charset.known"},
		{"GBK declared by the server", simplifiedchinese.GBK, hans, "text/html; charset=GBK", "charset.known"},
		{"page before server", traditionalchinese.Big5, page("big5", hant), "text/html; charset=gbk", "charset.known"},
		{"http-equiv", japanese.ShiftJIS, `<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">` + ja, "", "charset.known"},
		{"XML declaration", japanese.EUCJP, `<?xml version="1.0" encoding="euc-jp"?><p>` + ja, "", "charset.known"},
		{"ISO-2022-JP", japanese.ISO2022JP, ja, "", "charset.known"},
		{"EUC-KR declared wrong", korean.EUCKR, page("utf-8", ko+ko), "", "charset.guessed"},
		{"GB18030 guessed", simplifiedchinese.GB18030, "<p>" + hans + hans, "", "charset.guessed"},
		{"GBK guessed, one sentence", simplifiedchinese.GBK, "---\ntitle: 开放是必经之路\n---\n<p>阿里音乐的示好。", "", "charset.guessed"},
		{"Big5 guessed", traditionalchinese.Big5, "<p>" + hant + "</p>", "", "charset.guessed"},
		{"Shift_JIS guessed", japanese.ShiftJIS, "<p>" + ja, "", "charset.guessed"},
		{"EUC-JP guessed", japanese.EUCJP, "<p>" + ja, "", "charset.guessed"},
		{"EUC-KR guessed", korean.EUCKR, "<p>" + ko, "", "charset.guessed"},
		{"windows-1251 guessed", charmap.Windows1251, "<p>" + ru + " " + ru, "", "charset.guessed"},
		{"ISO-8859-1 guessed", charmap.ISO8859_1, "<p>" + fr + " " + fr, "", "charset.guessed"},
		{"unknown label", simplifiedchinese.GB18030, page("x-none", hans), "text/html; charset=bogus", "charset.guessed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, issues := read(t, encode(t, tt.enc, tt.text), tt.media)
			if got != tt.text {
				t.Errorf("got %q\nwant %q", got, tt.text)
			}
			switch {
			case tt.code == "" && len(issues) > 0, tt.code != "" && (len(issues) != 1 || issues[0].Code != tt.code):
				t.Errorf("issues %v, want %q", issues, tt.code)
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	cut := []byte("<p>" + hans + "\n" + hans)
	got, issues := read(t, cut[:len(cut)-1], "")
	if !strings.HasPrefix(got, "<p>"+hans) || !strings.HasSuffix(got, "\ufffd") {
		t.Errorf("a character cut at the end: %q", got)
	}
	if len(issues) != 2 || issues[1].Code != "charset.invalid" || issues[1].Severity != article.Loss || issues[1].Pos.Line != 2 {
		t.Errorf("issues %v", issues)
	}
}

func TestRefused(t *testing.T) {
	none := func(article.Issue) {}
	_, err := charset.Decode([]byte("a\r\nb\rc\nd\x00e"), "", 100, none)
	if !errors.Is(err, charset.ErrNotText) || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("NUL: %v", err)
	}
	if _, err = charset.Decode([]byte("12345"), "", 4, none); !errors.Is(err, charset.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	// Each two bytes become three.
	if _, err = charset.Decode(encode(t, simplifiedchinese.GBK, hans), "", int64(len(hans)-1), none); !errors.Is(err, charset.ErrTooLarge) {
		t.Errorf("too large when decoded: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(hans), "text/html; charset=gbk")
	f.Add(encode(f, simplifiedchinese.GBK, hans), "")
	f.Add([]byte("<meta charset=utf-16>\xff\xfe\x00"), "")
	f.Add([]byte("\x1b$B\x1b"), "")
	f.Fuzz(func(t *testing.T, data []byte, mediaType string) {
		text, err := charset.Decode(data, mediaType, 1<<20, func(article.Issue) {})
		if err == nil && (!utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0) {
			t.Errorf("not UTF-8 text: %q", text)
		}
		if err == nil && utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 && !bytes.HasPrefix(data, []byte("\ufeff")) && !bytes.Contains(data, []byte("\x1b$")) && !bytes.Equal(text, data) {
			t.Errorf("valid UTF-8 %q became %q", data, text)
		}
	})
}

// The detector asks its recognizers at the same time: those that are equally sure
// come in any order, and the text must not depend on it.
func TestSameEachTime(t *testing.T) {
	data := []byte("<title>story</title><link rel=next href=story1_2.html>E hrK\xcd\x19f=#a>{\xf1\xea\xe4\xcb")
	first, err := charset.Decode(data, "", 1<<20, func(article.Issue) {})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				if again, _ := charset.Decode(data, "", 1<<20, func(article.Issue) {}); string(again) != string(first) {
					t.Errorf("%q, then %q", first, again)
					return
				}
			}
		})
	}
	wg.Wait()
}
