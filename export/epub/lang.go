package epub

import (
	"golang.org/x/text/language"

	"github.com/leporello-press/leporello/internal/words"
)

// tag returns lang as a well-formed BCP 47 tag, "zh_cn" as "zh-CN"; empty where it
// is none: shops and reading systems refuse books for that.
func tag(lang string) string {
	if lang == "" {
		return ""
	}
	t, err := language.Raw.Parse(lang)
	if err != nil {
		return ""
	}
	if s := t.String(); s != "und" {
		return s
	}
	return ""
}

// direction is "rtl" or "ltr" for a language within text of another, outer, and empty
// where that runs the same way.
func direction(lang, outer string) string {
	switch rtl := words.RightToLeft(lang); {
	case rtl == words.RightToLeft(outer):
		return ""
	case rtl:
		return "rtl"
	default:
		return "ltr"
	}
}
