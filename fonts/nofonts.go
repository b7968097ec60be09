//go:build nofonts

package fonts

// embedded lists no face: the program was built with the tag nofonts.
func embedded() [slots]*lazyFace { return [slots]*lazyFace{} }
