package device

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/media"
)

func TestTable(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9.]+)*$`)
	seen := map[string]string{}
	for _, d := range Devices {
		for _, n := range append([]string{d.Name}, d.Aliases...) {
			if !name.MatchString(n) {
				t.Errorf("%s: %q is no name", d.Name, n)
			}
			if seen[n] != "" {
				t.Errorf("%q names %s and %s", n, seen[n], d.Name)
			}
			seen[n] = d.Name
		}
		if d.Title == "" || d.Source == "" || d.Family == nil {
			t.Errorf("%s: no title, no source or no family", d.Name)
			continue
		}
		if d.Width < 600 || d.Height <= d.Width || d.Height > 4000 || d.DPI < 200 || d.DPI > 400 {
			t.Errorf("%s: %d×%d at %d", d.Name, d.Width, d.Height, d.DPI)
		}
		// From a telephone to a sheet of A4.
		if inches := math.Hypot(float64(d.Width), float64(d.Height)) / float64(d.DPI); inches < 5.5 || inches > 14.5 {
			t.Errorf("%s: %.1f inches", d.Name, inches)
		}
		if d.Greys != 0 && d.Greys != 16 {
			t.Errorf("%s: %d greys", d.Name, d.Greys)
		}
		if d.Screen() == (d.Family == paper) {
			t.Errorf("%s: screen %v", d.Name, d.Screen())
		}
	}
}

func TestFamilies(t *testing.T) {
	count := map[*Family]int{}
	for _, d := range Devices {
		count[d.Family]++
	}
	for _, f := range []*Family{kindle, kobo, pocketbook, remarkable, boox, paper, generic} {
		if count[f] < 2 || len(f.Notes) == 0 {
			t.Errorf("%s: %d devices, notes %q", f.Name, count[f], f.Notes)
		}
		// Exporters write these two, and nothing else.
		if !f.Takes(media.JPEG) || !f.Takes(media.PNG) || f.Takes(media.AVIF) || f.Takes(media.Unknown) {
			t.Errorf("%s takes %v", f.Name, f.Types)
		}
		for _, l := range f.Limits {
			if l.Way == "" || l.Bytes < 10*mb || l.Bytes > 1000*mb {
				t.Errorf("%s: %+v", f.Name, l)
			}
		}
	}
}

func TestFind(t *testing.T) {
	for in, want := range map[string]string{
		"kindle-pw5": "kindle-paperwhite-5", "Kindle Paperwhite 5": "kindle-paperwhite-5", "KOBO_SAGE": "kobo-sage",
		" print ": "print-a5", "boox-go-10.3": "boox-go-10.3", "": "", "nook": "", "-": "",
	} {
		got := ""
		if d := Find(in); d != nil {
			got = d.Name
		}
		if got != want {
			t.Errorf("Find(%q) is %q, want %q", in, got, want)
		}
	}
	for _, n := range Names() {
		if Find(n) == nil || Find(strings.ToUpper(n)) == nil {
			t.Errorf("%q is not found", n)
		}
	}
}

func TestPageSize(t *testing.T) {
	for name, want := range map[string]string{"eink-6": "1072x1448px@300", "print-b6": "b6"} {
		if got := Find(name).PageSize(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
