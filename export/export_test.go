package export

import (
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
)

func TestDates(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2021, 8, d, 12, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		title        string
		from, to     time.Time
		dates, cover string
	}{
		{"周刊", time.Time{}, time.Time{}, "", "周刊"},
		{"周刊", day(1), day(1), "2021-08-01", "周刊"},
		{"周刊", day(1), time.Time{}, "2021-08-01", "周刊"},
		{"周刊", time.Time{}, day(7), "2021-08-07", "周刊"},
		{"周刊 2021-08-01 – 2021-08-07", day(1), day(7), "2021-08-01 – 2021-08-07", "周刊"},
		{"周刊 2021-08-01", day(1), day(7), "2021-08-01 – 2021-08-07", "周刊 2021-08-01"},
		{"2021-08-01", day(1), day(1), "2021-08-01", "2021-08-01"},
		{" 2021-08-01", day(1), day(1), "2021-08-01", " 2021-08-01"},
	} {
		b := Book{Title: c.title, From: c.from, To: c.to}
		if b.Dates() != c.dates || b.CoverTitle() != c.cover {
			t.Errorf("%q %v %v: dates %q, cover %q", c.title, c.from, c.to, b.Dates(), b.CoverTitle())
		}
	}
}

// The cover of a volume has a place of its own for which it is.
func TestCoverTitleOfVolume(t *testing.T) {
	b := Book{Title: "周刊 2021-08-01 2/3", Whole: "周刊 2021-08-01", Volume: 2, Volumes: 3, From: time.Date(2021, 8, 1, 0, 0, 0, 0, time.UTC)}
	if got := b.CoverTitle(); got != "周刊" {
		t.Errorf("%q", got)
	}
}

func TestChapters(t *testing.T) {
	a, b := &article.Document{Meta: article.Meta{Title: "a"}}, &article.Document{}
	for range 2 { // the same each time
		var got []*article.Document
		for c, err := range Chapters(a, b) {
			if err != nil || c.Part != nil {
				t.Errorf("%+v, %v", c, err)
			}
			got = append(got, c.Document)
		}
		if len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("got %v", got)
		}
	}
	for range Chapters(a, b) {
		break // must not go on
	}
}
