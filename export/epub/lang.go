package epub

import (
	"strings"

	"golang.org/x/text/language"
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

// direction is "rtl" for languages that are written from right to left.
func direction(lang string) string {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	switch primary {
	case "ar", "fa", "he", "ur", "yi", "ps", "sd", "ug", "dv":
		return "rtl"
	}
	return ""
}
