package layout

import (
	"testing"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		in     string
		w, h   Length
		screen bool
	}{
		{"A5", MM(148), MM(210), false},
		{" letter ", 612 * Pt, 792 * Pt, false},
		{"B5", MM(182), MM(257), false},
		{"iso-B5", MM(176), MM(250), false},
		{"148x210mm", MM(148), MM(210), false},
		{"6.2x8.2in", 62 * In / 10, 82 * In / 10, false},
		{"14.8 x 21 cm", MM(148), MM(210), false},
		{"420.5×595pt", 841 * Pt / 2, 595 * Pt, false},
		{"1072x1448px@300", 1072 * In / 300, 1448 * In / 300, true},
	} {
		got, screen, err := ParseSize(c.in)
		if err != nil || got != (Size{c.w, c.h}) || screen != c.screen {
			t.Errorf("%q: %v %v %v", c.in, got, screen, err)
		}
	}
	for _, bad := range []string{"", "A", "x", "10x10mm", "148x210", "148mm", "-3x5in", "1e9x5in", "10x20in@300", "1072x1448px", "1072x1448px@0", "9999x5in", "1..5x6in", "5x6x7in"} {
		if got, _, err := ParseSize(bad); err == nil {
			t.Errorf("%q: want an error, got %v", bad, got)
		}
	}
}

func TestParseLength(t *testing.T) {
	for in, want := range map[string]Length{"10.5pt": 21 * Pt / 2, " 4 mm": MM(4), "0.5cm": MM(5), "1in": In} {
		if got, err := ParseLength(in); err != nil || got != want {
			t.Errorf("%q: %v %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "10", "pt", "-1pt", "1e3pt", "1..2pt", "10px", "1000000000pt"} {
		if got, err := ParseLength(bad); err == nil {
			t.Errorf("%q: want an error, got %v", bad, got)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"A5", "6.2x8.2in", "148x210mm", "1072x1448px@300"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		size, screen, err := ParseSize(s)
		if err != nil {
			return
		}
		if size.W < minSide || size.H < minSide || size.W > maxSide || size.H > maxSide {
			t.Fatalf("%q: %v", s, size)
		}
		if g, err := (Options{Page: size, Screen: screen}).geometry(); err == nil {
			checkGeometry(t, g)
		}
	})
}

// checkGeometry checks what every grid promises.
func checkGeometry(t *testing.T, g geometry) {
	t.Helper()
	if g.measure != Length(g.ems)*g.size {
		t.Errorf("measure %s is not %d em of %s", g.measure, g.ems, g.size)
	}
	if g.width != g.measure*Length(g.columns)+g.gap {
		t.Errorf("%d columns of %s and %s between are not %s", g.columns, g.measure, g.gap, g.width)
	}
	if g.height != Length(g.rows-1)*g.pitch+g.size {
		t.Errorf("height %s is not %d lines", g.height, g.rows)
	}
	if g.inner+g.width+g.outer != g.page.W || g.top+g.height+g.bottom != g.page.H {
		t.Errorf("margins and type area do not fill the page: %+v", g)
	}
	if g.inner < 0 || g.outer < 0 || g.top < 0 || g.bottom < 0 {
		t.Errorf("negative margin: %+v", g)
	}
}

func TestGeometry(t *testing.T) {
	parse := func(s string) Options {
		size, screen, err := ParseSize(s)
		if err != nil {
			t.Fatal(err)
		}
		return Options{Page: size, Screen: screen}
	}
	for _, c := range []struct {
		name      string
		o         Options
		size      Length
		ems, rows int
	}{
		{"zero is A5", Options{}, 10 * Pt, 34, 30},
		{"A4", parse("A4"), 12 * Pt, 38, 0},
		{"B6", parse("B6"), 19 * Pt / 2, 28, 0},
		{"letter", parse("letter"), 12 * Pt, 38, 0},
		{"six-inch screen", parse("1072x1448px@300"), 9 * Pt, 24, 0},
		{"A4 turned", parse("297x210mm"), 12 * Pt, 44, 21},
		{"A0", parse("841x1189mm"), 173 * Pt / 4, 44, 0},
		{"the largest page", parse("200x200in"), 1047 * Pt / 4, 44, 0},
		{"a banner", parse("5000x50mm"), 9 * Pt, 44, 7},
		{"a strip", parse("50x3000mm"), 9 * Pt, 0, 0},
		{"a card", parse("30x40mm"), 7 * Pt, 0, 0},
		{"two columns of A4", Options{Page: Size{MM(210), MM(297)}, Columns: 2}, 12 * Pt, 18, 0},
		{"too narrow for two", Options{Page: Size{257 * Pt, 347 * Pt}, Screen: true, Columns: 2}, 9 * Pt, 24, 0},
		{"A4 at 11 pt", Options{Page: Size{MM(210), MM(297)}, Body: 11 * Pt}, 11 * Pt, 43, 0},
	} {
		g, err := c.o.geometry()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		checkGeometry(t, g)
		if g.size != c.size || c.ems > 0 && g.ems != c.ems || c.rows > 0 && g.rows != c.rows {
			t.Errorf("%s: %s, %d em, %d rows", c.name, g.size, g.ems, g.rows)
		}
		t.Logf("%s: %d em of %s, %d rows of %s, margins %s %s %s %s", c.name, g.ems, g.size, g.rows, g.pitch, g.inner, g.outer, g.top, g.bottom)
	}
	if g, err := (Options{Mode: VerticalRL, Page: Size{MM(250), MM(60)}}).geometry(); err != nil || g.ems != 14 {
		t.Errorf("a vertical banner: %d em, %v", g.ems, err)
	}
	if _, err := (Options{Page: Size{In, In}}).geometry(); err == nil {
		t.Error("a page of one inch has no room")
	}
}
