package fonts

import (
	"errors"
	"fmt"
)

// Subset returns a font program with the given glyphs; glyphs[0] must be 0, the glyph that
// stands for missing characters. A glyph may be asked for more than once. The same
// glyphs give the same bytes.
func (f *Face) Subset(glyphs []GID) (s Subset, err error) {
	defer func() {
		if err != nil {
			s, err = Subset{}, fmt.Errorf("fonts: subset of %s: %w", f.name, err)
		}
	}()
	if len(glyphs) == 0 || glyphs[0] != 0 {
		return s, errors.New("the first glyph is not 0")
	}
	if len(glyphs) > 0xffff {
		return s, fmt.Errorf("%d glyphs", len(glyphs))
	}
	for _, g := range glyphs {
		if int64(g) >= int64(f.glyphs) {
			return s, fmt.Errorf("no glyph %d", g)
		}
	}
	if f.cff != nil {
		s.Format = CFF
		s.Data, err = f.cff.subset(glyphs, f.name)
		return s, err
	}
	s.Format = TrueType
	s.Data, err = f.subsetGlyf(glyphs)
	return s, err
}
