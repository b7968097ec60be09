//go:build !nofonts

package fonts

import "embed"

// The files are made by generate.sh; noto/NOTICE tells what they are.
var (
	//go:embed noto/NotoSansCJKsc-Regular.packed.zst
	sansCJKFile []byte
	//go:embed noto/NotoSansCJKsc-Bold.packed.zst
	sansCJKBoldFile []byte
	//go:embed noto/NotoSerifCJKsc-Regular.packed.zst
	serifCJKFile []byte
	//go:embed noto/NotoSerifCJKsc-Bold.packed.zst
	serifCJKBoldFile []byte
	//go:embed noto/NotoSans-Regular.ttf.zst
	sansFile []byte
	//go:embed noto/NotoSans-Bold.ttf.zst
	sansBoldFile []byte
	//go:embed noto/NotoSans-Italic.ttf.zst
	sansItalicFile []byte
	//go:embed noto/NotoSans-BoldItalic.ttf.zst
	sansBoldItalicFile []byte
	//go:embed noto/NotoSerif-Regular.ttf.zst
	serifFile []byte
	//go:embed noto/NotoSerif-Bold.ttf.zst
	serifBoldFile []byte
	//go:embed noto/NotoSerif-Italic.ttf.zst
	serifItalicFile []byte
	//go:embed noto/NotoSerif-BoldItalic.ttf.zst
	serifBoldItalicFile []byte
	//go:embed noto/NotoSansMath-Regular.ttf.zst
	mathFile []byte
	//go:embed noto/NotoSansSymbols-Regular.ttf.zst
	symbolsFile []byte
	//go:embed noto/NotoSansSymbols2-Regular.ttf.zst
	symbols2File []byte
	//go:embed noto/NotoEmoji-Regular.ttf.zst
	emojiFile []byte
	//go:embed noto/scripts
	scriptFiles embed.FS
)

// embedded lists the embedded faces.
func embedded() [slots]*lazyFace {
	faces := [slots]*lazyFace{
		sansCJKSlot:         {packed: sansCJKFile},
		sansCJKBoldSlot:     {packed: sansCJKBoldFile},
		serifCJKSlot:        {packed: serifCJKFile},
		serifCJKBoldSlot:    {packed: serifCJKBoldFile},
		sansSlot:            {packed: sansFile},
		sansBoldSlot:        {packed: sansBoldFile},
		sansItalicSlot:      {packed: sansItalicFile},
		sansBoldItalicSlot:  {packed: sansBoldItalicFile},
		serifSlot:           {packed: serifFile},
		serifBoldSlot:       {packed: serifBoldFile},
		serifItalicSlot:     {packed: serifItalicFile},
		serifBoldItalicSlot: {packed: serifBoldItalicFile},
		mathSlot:            {packed: mathFile},
		symbolsSlot:         {packed: symbolsFile},
		symbols2Slot:        {packed: symbols2File},
		emojiSlot:           {packed: emojiFile},
	}
	for i, s := range scripts {
		packed, err := scriptFiles.ReadFile("noto/scripts/" + s.file + ".ttf.zst")
		if err != nil {
			panic(err) // the table and the folder are made together
		}
		faces[scriptSlots+i] = &lazyFace{packed: packed}
	}
	return faces
}
