package fonts

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"
)

// Simple sets single characters of CJK text without a shaper: Han characters, kana,
// Hangul syllables and CJK punctuation whose glyph depends on nothing but the
// language. It is safe for concurrent use.
type Simple struct {
	face  *Face
	local map[GID]GID
	inert []uint64 // a bit for each glyph that no default feature touches
	mu    sync.Mutex
	pages [simpleTo >> 8]atomic.Pointer[simplePage]
}

// The characters that may be simple lie between these.
const (
	simpleFrom rune = 0x2e80
	simpleTo   rune = 0x32400
)

type simplePage [256]simpleGlyph

type simpleGlyph struct {
	glyph   uint16
	advance int16 // -1: the character needs a shaper
}

// simpleGlyphs is the Simple of each language system of a face.
type simpleGlyphs struct {
	mu sync.Mutex
	of map[string]*Simple
}

// Simple returns the characters of f that need no shaper in a language, BCP 47.
func (f *Face) Simple(lang string) *Simple {
	system := languageSystem(lang)
	f.simple.mu.Lock()
	defer f.simple.mu.Unlock()
	s := f.simple.of[system]
	if s == nil {
		s = newSimple(f, system)
		if f.simple.of == nil {
			f.simple.of = make(map[string]*Simple)
		}
		f.simple.of[system] = s
	}
	return s
}

// Glyph returns the glyph and advance of r, in font units, in horizontal text. When it
// is true for every character of a run, the shaper gives the same glyphs and advances, and
// moves none, with its default features but without kern, in the language that Language tells
// and the script Han, Hiragana, Katakana or Hangul. When false, r must be shaped.
// Combining marks and variation selectors are never simple, nor is what they follow.
//
// Feature kern must be off in CJK text that is set solid: Noto CJK has pairs of kana
// in it, meant for proportional setting, that would break the grid (ト、 loses 20/1000 em).
func (s *Simple) Glyph(r rune) (g GID, advance int, ok bool) {
	if r < simpleFrom || r >= simpleTo {
		return 0, 0, false
	}
	p := s.pages[r>>8].Load()
	if p == nil {
		p = s.fill(r >> 8)
	}
	e := p[r&0xff]
	return GID(e.glyph), int(e.advance), e.advance >= 0
}

// Horizontal features that HarfBuzz applies unasked, less kern.
var defaultFeatures = []string{
	"rvrn", "ltra", "ltrm", "abvm", "blwm", "ccmp", "locl", "mark", "mkmk", "rlig",
	"calt", "clig", "curs", "dist", "liga", "rclt", "ljmo", "vjmo", "tjmo",
}

func newSimple(f *Face, system string) *Simple {
	s := &Simple{face: f, inert: make([]uint64, (f.glyphs+63)/64)}
	for i := range s.inert {
		s.inert[i] = ^uint64(0)
	}
	touch := func(c tables.Coverage) {
		for _, g := range covered(c) {
			if int(g) < f.glyphs {
				s.inert[g/64] &^= 1 << (g % 64)
			}
		}
	}
	gsub, gpos := &f.font.GSUB, &f.font.GPOS
	local := f.lookups(&gsub.Layout, system, "locl")
	isLocal := make(map[uint16]bool)
	var ligatures []tables.LigatureSubs
	if m, ok := f.compose(local); ok {
		s.local = m
		for _, l := range local {
			isLocal[l] = true
		}
	}
	for _, l := range f.lookups(&gsub.Layout, system, defaultFeatures...) {
		if isLocal[l] || int(l) >= len(gsub.Lookups) {
			continue
		}
		for _, sub := range gsub.Lookups[l].Subtables {
			if lig, ok := sub.(tables.LigatureSubs); ok {
				ligatures = append(ligatures, lig)
				continue
			}
			touch(sub.Cov())
		}
	}
	for _, l := range f.lookups(&gpos.Layout, system, defaultFeatures...) {
		if int(l) >= len(gpos.Lookups) {
			continue
		}
		for _, sub := range gpos.Lookups[l].Subtables {
			touch(sub.Cov())
		}
	}
	s.touchLigatures(ligatures)
	return s
}

// touchLigatures takes the glyphs that begin ligatures from the inert ones. Of ligatures
// only those matter whose parts are all simple: か゚ has a mark in it.
func (s *Simple) touchLigatures(ligatures []tables.LigatureSubs) {
	each := func(do func(first GID, parts []tables.GlyphID)) {
		for _, sub := range ligatures {
			for i, g := range covered(sub.Coverage) {
				if i >= len(sub.LigatureSets) {
					break
				}
				for _, lig := range sub.LigatureSets[i].Ligatures {
					do(GID(g), lig.ComponentGlyphIDs)
				}
			}
		}
	}
	// Of the glyphs that are parts, those that simple characters can be.
	const part, simple = 1, 2
	kind := make([]uint8, s.face.glyphs)
	parts := 0
	each(func(_ GID, glyphs []tables.GlyphID) {
		for _, g := range glyphs {
			if int(g) < len(kind) {
				kind[g] = part
				parts++
			}
		}
	})
	if parts == 0 {
		return
	}
	steps := 0
	for all := s.face.font.Cmap.Iter(); all.Next(); {
		r, g := all.Char()
		for _, g := range [...]GID{g, s.localOf(g)} {
			if int64(g) < int64(len(kind)) && kind[g] == part && isSimple(r) {
				kind[g] = simple
			}
		}
		if steps++; steps > 1<<21 { // more characters than there are: a broken font
			for g := range kind {
				kind[g] = simple
			}
			break
		}
	}
	each(func(first GID, glyphs []tables.GlyphID) {
		for _, g := range glyphs {
			if int(g) >= len(kind) || kind[g] != simple {
				return
			}
		}
		if int(first) < s.face.glyphs {
			s.inert[first/64] &^= 1 << (first % 64)
		}
	})
}

// localOf returns the regional form of g.
func (s *Simple) localOf(g GID) GID {
	if len(s.local) == 0 {
		return g
	}
	if l, ok := s.local[g]; ok {
		return l
	}
	return g
}

func (s *Simple) isInert(g GID) bool {
	return int64(g) < int64(s.face.glyphs) && s.inert[g/64]>>(g%64)&1 != 0
}

func (s *Simple) fill(page rune) *simplePage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pages[page].Load(); p != nil {
		return p
	}
	p := new(simplePage)
	for i := range p {
		p[i].advance = -1
		r := page<<8 | rune(i)
		if !isSimple(r) {
			continue
		}
		g, ok := s.face.Glyph(r)
		if !ok || !s.isInert(g) {
			continue
		}
		if g = s.localOf(g); !s.isInert(g) {
			continue
		}
		if a := s.face.Advance(g); g <= 0xffff && a >= 0 && a <= 0x7fff {
			p[i] = simpleGlyph{uint16(g), int16(a)}
		}
	}
	s.pages[page].Store(p)
	return p
}

// isSimple reports whether r is a character of a script without contextual forms.
func isSimple(r rune) bool {
	switch {
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3, r >= 0x20000: // most of all
		return r < simpleTo
	case r == 0x3164, r == 0xffa0: // Hangul fillers
		return false
	case unicode.In(r, unicode.Mn, unicode.Mc, unicode.Cf):
		return false
	case r >= 0x3000 && r <= 0x303f, r >= 0x3190 && r <= 0x319f, r >= 0x31c0 && r <= 0x31e3, r >= 0x3200 && r <= 0x33ff, r >= 0x309b && r <= 0x30ff, r >= 0xff01 && r <= 0xffee:
		return true
	case r >= 0x3130 && r <= 0x318f: // Hangul letters: the shaper's own room
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo)
}

// Language returns the tag to give to the shaper for text in a language, BCP 47, so that
// it takes the regional forms that Simple takes: zh-Hans, zh-Hant-TW, zh-Hant-HK, ja or ko;
// other languages as they are.
func Language(lang string) string {
	switch languageSystem(lang) {
	case "ZHS ":
		return "zh-Hans"
	case "ZHT ":
		return "zh-Hant-TW"
	case "ZHH ":
		return "zh-Hant-HK"
	case "JAN ":
		return "ja"
	case "KOR ":
		return "ko"
	}
	return lang
}

// languageSystem returns the OpenType language system of a BCP 47 tag for the
// languages that choose between regional forms; others have none of their own.
func languageSystem(lang string) string {
	if len(lang) < 2 {
		return ""
	}
	switch lang { // the common ones, at once
	case "zh", "zh-Hans", "zh-CN":
		return "ZHS "
	case "en":
		return ""
	}
	parts := strings.Split(strings.ToLower(strings.ReplaceAll(lang, "_", "-")), "-")
	has := func(want string) bool {
		for _, p := range parts[1:] {
			if len(p) == 1 { // extensions and private use begin
				return false
			}
			if p == want {
				return true
			}
		}
		return false
	}
	plain := "ZHS " // of a tag without script and region
	switch parts[0] {
	case "zh", "zho", "chi", "cmn", "wuu", "gan", "hsn", "cdo", "cjy", "cpx", "czh", "czo", "mnp", "cnp", "csp":
	case "yue":
		plain = "ZHH "
	case "nan", "hak", "lzh":
		plain = "ZHT "
	case "ja", "jpn", "ojp":
		return "JAN "
	case "ko", "kor", "okm":
		return "KOR "
	default:
		return ""
	}
	switch {
	case has("hans"), has("cn"), has("sg"), has("my"):
		return "ZHS "
	case has("hk"), has("mo"), has("yue"):
		return "ZHH "
	case has("hant"), has("tw"):
		if plain == "ZHH " && !has("tw") {
			return plain
		}
		return "ZHT "
	}
	return plain
}

// cjkScript returns the script whose features Han characters get; Noto CJK gives
// kana, Hangul and Bopomofo the same.
func (f *Face) cjkScript(l *font.Layout) string {
	for _, want := range [...]string{"hani", "DFLT", "dflt", "latn"} {
		if l.FindScript(opentype.MustNewTag(want)) >= 0 {
			return want
		}
	}
	return ""
}

// lookups returns the lookups of the features in a language system, in lookup order.
func (f *Face) lookups(l *font.Layout, system string, features ...string) []uint16 {
	want := make(map[opentype.Tag]bool, len(features))
	for _, t := range features {
		want[opentype.MustNewTag(t)] = true
	}
	seen := make(map[uint16]bool)
	var out []uint16
	add := func(i uint16, required bool) {
		if int(i) >= len(l.Features) || !required && !want[l.Features[i].Tag] {
			return
		}
		for _, n := range l.Features[i].LookupListIndices {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	for i := range l.Scripts {
		s := &l.Scripts[i]
		if s.Tag.String() != f.cjkScript(l) {
			continue
		}
		sys := s.DefaultLangSys
		for j, rec := range s.LangSysRecords {
			if rec.Tag.String() == system && j < len(s.LangSys) {
				sys = &s.LangSys[j]
			}
		}
		if sys == nil {
			continue
		}
		add(sys.RequiredFeatureIndex, true)
		for _, i := range sys.FeatureIndices {
			add(i, false)
		}
	}
	slices.Sort(out)
	return out
}

// compose applies lookups one after the other. It is false when one of them is more than
// a substitution of single glyphs.
func (f *Face) compose(lookups []uint16) (map[GID]GID, bool) {
	m := make(map[GID]GID)
	for _, l := range lookups {
		if int(l) >= len(f.font.GSUB.Lookups) {
			continue
		}
		step := make(map[GID]GID)
		for _, sub := range f.font.GSUB.Lookups[l].Subtables {
			single, ok := sub.(tables.SingleSubs)
			if !ok {
				return nil, false
			}
			cov := single.Cov()
			for _, g := range covered(cov) {
				if _, done := step[GID(g)]; done { // the first subtable that covers a glyph wins
					continue
				}
				switch d := single.Data.(type) {
				case tables.SingleSubstData1:
					step[GID(g)] = GID(uint16(int(g) + int(d.DeltaGlyphID)))
				case tables.SingleSubstData2:
					if i, ok := cov.Index(g); ok && i < len(d.SubstituteGlyphIDs) {
						step[GID(g)] = GID(d.SubstituteGlyphIDs[i])
					}
				}
			}
		}
		for from, to := range m {
			if next, ok := step[to]; ok {
				m[from] = next
			}
		}
		for from, to := range step {
			if _, ok := m[from]; !ok {
				m[from] = to
			}
		}
	}
	return m, true
}

// covered lists the glyphs of a coverage table.
func covered(c tables.Coverage) []tables.GlyphID {
	switch c := c.(type) {
	case tables.Coverage1:
		return c.Glyphs
	case tables.Coverage2:
		var out []tables.GlyphID
		for _, r := range c.Ranges {
			for g := int(r.StartGlyphID); g <= int(r.EndGlyphID) && len(out) <= 1<<16; g++ {
				out = append(out, tables.GlyphID(g))
			}
		}
		return out
	}
	return nil
}

// Single returns the glyph that a feature of single substitutions makes of g in a
// language; g itself when it makes none. It reads the tables itself: the lookup
// filter of go-text 0.3 misses glyphs of large coverages (96 of hwid, 222 of vert
// in Noto CJK).
func (f *Face) Single(feature, lang string, g GID) GID {
	key := singleKey{feature, languageSystem(lang)}
	m, ok := f.singles.Load(key)
	if !ok {
		made := make(map[GID]GID)
		if len(feature) == 4 {
			made, _ = f.compose(f.lookups(&f.font.GSUB.Layout, key.system, feature))
		}
		m, _ = f.singles.LoadOrStore(key, made)
	}
	if to, ok := m.(map[GID]GID)[g]; ok {
		return to
	}
	return g
}

type singleKey struct{ feature, system string }

// VerticalForm returns the glyph that stands for g in lines that go down, in a
// language (feature vert); it is false when the face has none. A glyph that is such
// a form already has none. Feature vrt2, which turns Latin too, is left alone: what lies
// on its side is turned by who draws it.
func (f *Face) VerticalForm(g GID, lang string) (GID, bool) {
	to := f.Single("vert", lang, g)
	return to, to != g
}

// HalfWidth returns the glyph that sets r in half an em (feature hwid), for monospaced
// text. It is false when f has none; all printable ASCII has one in Noto CJK.
func (f *Face) HalfWidth(r rune) (GID, bool) {
	g, ok := f.Glyph(r)
	if !ok {
		return 0, false
	}
	g = f.Single("hwid", "", g)
	return g, 2*f.Advance(g) == f.metrics.UnitsPerEm
}
