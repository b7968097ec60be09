package layout

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/article/articletest"
	"github.com/leporello-press/leporello/internal/testfont"
	"github.com/leporello-press/leporello/media"
)

// pictureRects returns where the pictures of a book stand, by rows:
// pictures that begin at the same height of a page are a row.
func pictureRects(b *book) (rows [][]Rect) {
	for _, p := range b.pages {
		var row []Rect
		for _, it := range p.Items {
			pic, ok := it.(*Picture)
			if !ok {
				continue
			}
			if len(row) > 0 && row[0].At.Y != pic.Rect.At.Y {
				rows = append(rows, row)
				row = nil
			}
			row = append(row, pic.Rect)
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// The measure is 340 pt, the greatest height 72 % of 488.5 pt: 351.72 pt.
func TestFigures(t *testing.T) {
	fig := func(keys ...string) *article.Figure {
		f := &article.Figure{}
		for _, k := range keys {
			f.Images = append(f.Images, &article.Image{Src: k, Asset: k})
		}
		return f
	}
	for _, c := range []struct {
		name   string
		blocks []article.Block
		rows   []int // pictures in each row
		width  Length
	}{
		{"a large picture fills the measure", []article.Block{fig("1600x900")}, []int{1}, 340 * Pt},
		{"a small one is 150 % of its pixels at 150 to the inch", []article.Block{fig("200x100")}, []int{1}, 144 * Pt},
		{"one a little too small for the measure is clearly narrower", []article.Block{fig("450x200")}, []int{1}, 340 * Pt * 5 / 6},
		{"a tall one is no higher than its share of the page", []article.Block{fig("500x1000")}, []int{1}, 17586 * Pt / 100},
		{"an author's width counts", []article.Block{&article.Figure{Images: []*article.Image{{Asset: "900x900", Width: 120}}}}, []int{1}, 90 * Pt},
		{"two of one figure share a row", []article.Block{fig("900x600", "900x600")}, []int{2}, 166 * Pt},
		{"four stand in two rows", []article.Block{fig("1200x750", "720x1080", "1100x1100", "1280x800")}, []int{2, 2}, 0},
		{"tall neighbours share a row", []article.Block{fig("400x1600"), fig("400x1600")}, []int{2}, 0},
		{"wide neighbours do not", []article.Block{fig("1600x500"), fig("1600x500")}, []int{1, 1}, 340 * Pt},
		{"text between them keeps figures apart", []article.Block{fig("400x800"), articletest.P("字"), fig("400x800")}, []int{1, 1}, 0},
	} {
		d := &article.Document{Meta: article.Meta{Title: "图", Lang: "zh-Hans"}, Blocks: c.blocks}
		b := compose(t, Options{}, d)
		b.check(t, d)
		rows := pictureRects(b)
		var counts []int
		for _, r := range rows {
			counts = append(counts, len(r))
		}
		if !reflect.DeepEqual(counts, c.rows) {
			t.Errorf("%s: rows of %v pictures, want %v", c.name, counts, c.rows)
			continue
		}
		if got := rows[0][0].Size.W; c.width != 0 && (got < c.width-Pt/20 || got > c.width+Pt/20) {
			t.Errorf("%s: %s wide, want %s", c.name, got, c.width)
		}
		for _, r := range rows {
			for _, p := range r[1:] {
				if p.Size.H != r[0].Size.H {
					t.Errorf("%s: heights %s and %s in a row", c.name, p.Size.H, r[0].Size.H)
				}
			}
		}
	}
}

func TestPhrases(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"把一篇文章变成一本书：排版程序里的小事", []string{"把一篇文章变成一本书：", "排版程序里的小事"}},
		{"江城与澜州互借 读者证通用？", []string{"江城与澜州互借 ", "读者证通用？"}},
		{"Keeping a commonplace book: a practical guide", []string{"Keeping a commonplace book: ", "a practical guide"}},
		{"没有标点的题目", []string{"没有标点的题目"}},
		{"他说：“（真的）好看！”", []string{"他说：", "“（真的）", "好看！”"}},
		{"", []string{""}},
	} {
		if got := phrases(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]bool{
		"1,204.5": true, "-3": true, "¥1,068": true, "7.5%": true, "512 MB": true, "12万": true, "1990年": true,
		"U+20BB7": false, "一": false, "": false, "2021 年度报告": false, "%": false, "8/16/32 GB": true,
	} {
		if s != "" && isNumber(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	for _, c := range []struct {
		n    int
		s    article.NumberStyle
		want string
	}{
		{1, article.LowerAlpha, "a"}, {26, article.LowerAlpha, "z"}, {27, article.UpperAlpha, "AA"}, {0, article.LowerAlpha, "0"},
		{4, article.LowerRoman, "iv"}, {1999, article.UpperRoman, "MCMXCIX"}, {4000, article.UpperRoman, "4000"}, {-2, article.Decimal, "-2"},
	} {
		if got := number(c.n, c.s); got != c.want {
			t.Errorf("%d: got %q, want %q", c.n, got, c.want)
		}
	}
}

// cutAssets cuts what is more than twice as high as wide into pieces of 500x400 and
// less.
type cutAssets struct{ fakeAssets }

func (cutAssets) Pieces(key string, area Size) (pieces []media.Asset) {
	a, _ := fakeAssets{}.Stat(key)
	if a.Height <= 2*a.Width || area.W <= 0 || area.H <= 0 {
		return nil
	}
	for h := a.Height; h > 0; h -= 400 {
		pieces = append(pieces, media.Asset{Key: fmt.Sprintf("%dx%d", a.Width, min(h, 400)), Width: a.Width, Height: min(h, 400)})
	}
	return pieces
}

// The pieces of a picture stand in order, all of one width, without white between
// two on a page, and are one figure for those who hear the book.
func TestPieces(t *testing.T) {
	fig := &article.Figure{Images: []*article.Image{{Asset: "500x1500", Alt: "strip"}}, Caption: []article.Inline{article.Run{Text: "caption"}}}
	d := &article.Document{Meta: article.Meta{Title: "图", Lang: "zh-Hans"}, Blocks: []article.Block{articletest.P("字"), fig, articletest.P("后")}}
	b := &book{}
	ts, err := New(Options{Long: SliceLong}, testfont.Set(), cutAssets{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := ts.Chapter(Chapter{Document: d}, b.emit); err != nil {
		t.Fatal(err)
	}
	if err := ts.Finish(b.emit); err != nil {
		t.Fatal(err)
	}
	var keys []string
	var elements []*Element
	for _, p := range b.pages {
		var last *Picture
		for _, it := range p.Items {
			pic, ok := it.(*Picture)
			if !ok {
				continue
			}
			keys = append(keys, pic.Key)
			elements = append(elements, pic.Element.Parent)
			if pic.Rect.Size.W != 340*Pt || pic.Crop != (Crop{}) {
				t.Errorf("%s is %s wide", pic.Key, pic.Rect.Size.W)
			}
			if last != nil && pic.Rect.At.Y != last.Rect.At.Y+last.Rect.Size.H {
				t.Errorf("%s at %s, the piece above ends at %s", pic.Key, pic.Rect.At.Y, last.Rect.At.Y+last.Rect.Size.H)
			}
			last = pic
		}
	}
	if want := []string{"500x400", "500x400", "500x400", "500x300"}; !reflect.DeepEqual(keys, want) {
		t.Fatalf("pieces %q, want %q", keys, want)
	}
	for _, e := range elements {
		if e != elements[0] || e.Role != Figure || e.Alt != "strip" {
			t.Errorf("a piece belongs to %+v", e)
		}
	}
}
