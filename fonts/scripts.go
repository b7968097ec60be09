package fonts

// script is a writing system whose characters no other embedded face has.
type script struct {
	file   string    // of noto/scripts, without .ttf.zst
	blocks [][2]rune // first and last characters
}

// scripts are the writing systems with faces of their own, one design each. They go by the
// blocks of Unicode, since punctuation and marks of a script may be common to several.
var scripts = [...]script{
	{"NotoNaskhArabic-Regular", blocks(0x600, 0x6ff, 0x750, 0x77f, 0x8a0, 0x8ff, 0xfb50, 0xfdff, 0xfe70, 0xfefe)},
	{"NotoSerifArmenian-Regular", blocks(0x530, 0x58f, 0xfb13, 0xfb17)},
	{"NotoSerifBengali-Regular", blocks(0x980, 0x9ff)},
	{"NotoSerifDevanagari-Regular", blocks(0x900, 0x97f, 0x1cd0, 0x1cff, 0xa8e0, 0xa8ff)},
	{"NotoSerifEthiopic-Regular", blocks(0x1200, 0x139f, 0x2d80, 0x2ddf, 0xab00, 0xab2f)},
	{"NotoSerifGeorgian-Regular", blocks(0x10a0, 0x10ff, 0x1c90, 0x1cbf, 0x2d00, 0x2d2f)},
	{"NotoSerifGujarati-Regular", blocks(0xa80, 0xaff)},
	{"NotoSerifGurmukhi-Regular", blocks(0xa00, 0xa7f)},
	{"NotoSerifHebrew-Regular", blocks(0x590, 0x5ff, 0xfb1d, 0xfb4f)},
	{"NotoSerifKannada-Regular", blocks(0xc80, 0xcff)},
	{"NotoSerifKhmer-Regular", blocks(0x1780, 0x17ff, 0x19e0, 0x19ff)},
	{"NotoSerifLao-Regular", blocks(0xe80, 0xeff)},
	{"NotoSerifMalayalam-Regular", blocks(0xd00, 0xd7f)},
	{"NotoSansMongolian-Regular", blocks(0x1800, 0x18af)},
	{"NotoSerifMyanmar-Regular", blocks(0x1000, 0x109f, 0xa9e0, 0xa9ff, 0xaa60, 0xaa7f)},
	{"NotoSansOriya-Regular", blocks(0xb00, 0xb7f)},
	{"NotoSerifSinhala-Regular", blocks(0xd80, 0xdff)},
	{"NotoSerifTamil-Regular", blocks(0xb80, 0xbff)},
	{"NotoSerifTelugu-Regular", blocks(0xc00, 0xc7f)},
	{"NotoSansThaana-Regular", blocks(0x780, 0x7bf)},
	{"NotoSerifThai-Regular", blocks(0xe00, 0xe7f)},
	{"NotoSerifTibetan-Regular", blocks(0xf00, 0xfff)},
	{"NotoSansYi-Regular", blocks(0xa000, 0xa4cf)},
}

// blocks makes pairs of the first and last characters of ranges.
func blocks(ends ...rune) [][2]rune {
	var ranges [][2]rune
	for i := 0; i < len(ends); i += 2 {
		ranges = append(ranges, [2]rune{ends[i], ends[i+1]})
	}
	return ranges
}

// scriptSlot returns the slot of the face for the writing system of r.
func scriptSlot(r rune) (slot int, ok bool) {
	if r < 0x530 || r > 0xfefe {
		return 0, false
	}
	for i := range scripts {
		for _, b := range scripts[i].blocks {
			if r >= b[0] && r <= b[1] {
				return scriptSlots + i, true
			}
		}
	}
	return 0, false
}
