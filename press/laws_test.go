package press

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestGroupLaws shows over random books that grouping loses and doubles
// nothing, keeps the order within a part, brings every part together, and lets
// what belongs to a part as a whole stand before the parts within it.
func TestGroupLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c", ""}
	for range 500 {
		var records []*record
		for i := range r.IntN(40) {
			rec := &record{nth: i}
			for range r.IntN(4) {
				rec.part = append(rec.part, names[r.IntN(len(names))])
			}
			records = append(records, rec)
		}
		got := group(records)
		if len(got) != len(records) {
			t.Fatalf("%d of %d are left", len(got), len(records))
		}
		seen := map[*record]bool{}
		last := map[string]int{}     // by part: the last record of it
		left := map[string]bool{}    // parts that were gone out of
		entered := map[string]bool{} // parts that have had a part within them
		var open []string
		for _, rec := range got {
			if seen[rec] {
				t.Fatal("a record comes twice")
			}
			seen[rec] = true
			key := "" // "/a/b": also an empty name makes a part
			for _, name := range rec.part {
				key += "/" + name
			}
			if n, ok := last[key]; ok && n > rec.nth {
				t.Fatalf("%v: %d comes after %d", rec.part, rec.nth, n)
			}
			last[key] = rec.nth
			var path []string
			for i := range rec.part {
				path = append(path, "/"+strings.Join(rec.part[:i+1], "/"))
			}
			for _, p := range open {
				if !slices.Contains(path, p) {
					left[p] = true
				}
			}
			for i, p := range path {
				if left[p] {
					t.Fatalf("the part %v is in two places", rec.part)
				}
				if i < len(path)-1 {
					entered[p] = true
				}
			}
			if len(path) > 0 && entered[path[len(path)-1]] {
				t.Fatalf("an article of %v comes after a part within it", rec.part)
			}
			open = path
		}
	}
}

// FuzzThreshold: what is read is printed so that it is read as the same.
func FuzzThreshold(f *testing.F) {
	for _, s := range []string{"missing-images>10%", "lost-text", "failed-articles>2", "missing-images>1e-7%", ">", "missing-images>0x1p4"} {
		f.Add(s)
	}
	rep := &Report{Images: Images{Wanted: 10, Failed: 3}}
	f.Fuzz(func(t *testing.T, s string) {
		th, err := ParseThreshold(s)
		if err != nil {
			return
		}
		again, err := ParseThreshold(th.String())
		if err != nil || again != th {
			t.Errorf("%q is printed as %q, which is %+v, %v", s, th, again, err)
		}
		rep.Exceeds(th)
	})
}
