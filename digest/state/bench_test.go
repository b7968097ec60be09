package state

import (
	"fmt"
	"path/filepath"
	"testing"
)

func benchmarkStore(b *testing.B) *Store {
	s, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "state.db"), Clock: clock()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func BenchmarkPutArticle(b *testing.B) {
	s := benchmarkStore(b)
	for n := 0; b.Loop(); n++ {
		a := sample()
		a.GUID = fmt.Sprint(n)
		if _, _, err := s.PutArticle(b.Context(), &a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutArticleAgain(b *testing.B) {
	s := benchmarkStore(b)
	for b.Loop() {
		a := sample()
		if _, _, err := s.PutArticle(b.Context(), &a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSaveDelivery(b *testing.B) {
	s := benchmarkStore(b)
	r := Run{Digest: "d", Slot: "1"}
	if _, err := s.BeginRun(b.Context(), &r); err != nil {
		b.Fatal(err)
	}
	for n := 0; b.Loop(); n++ {
		if err := s.SaveDelivery(b.Context(), &Delivery{Run: r.ID, Target: "t", Part: n}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkArticles(b *testing.B) {
	s := benchmarkStore(b)
	for n := range 2000 {
		a := sample()
		a.GUID = fmt.Sprint(n)
		if _, _, err := s.PutArticle(b.Context(), &a); err != nil {
			b.Fatal(err)
		}
	}
	rows := 0
	for b.Loop() {
		for _, err := range s.Articles(b.Context(), ArticleQuery{From: day(1), To: day(3)}) {
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkOpen(b *testing.B) {
	o := Options{Path: filepath.Join(b.TempDir(), "state.db"), Clock: clock()}
	for b.Loop() {
		s, err := Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
