package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
	"github.com/leporello-press/leporello/layout"
	"github.com/leporello-press/leporello/layout/linebreak"
)

// A keyword is a value of a flag as CSS writes it.
type keyword[T any] struct {
	name  string
	value T
}

var (
	modes = []keyword[layout.WritingMode]{
		{"horizontal-tb", layout.HorizontalTB}, {"vertical-rl", layout.VerticalRL},
	}
	strictnesses = []keyword[linebreak.Strictness]{
		{"auto", linebreak.Auto}, {"loose", linebreak.Loose}, {"normal", linebreak.Normal},
		{"strict", linebreak.Strict}, {"anywhere", linebreak.Anywhere},
	}
	levels = []keyword[linebreak.Level]{
		{"auto", linebreak.RegionLevel}, {"none", linebreak.NoLevel}, {"basic", linebreak.BasicLevel},
		{"gb", linebreak.GBLevel}, {"strict", linebreak.StrictLevel},
	}
	wordBreaks = []keyword[linebreak.WordBreak]{
		{"normal", linebreak.NormalBreak}, {"keep-all", linebreak.KeepAll}, {"break-all", linebreak.BreakAll},
	}
	alignments = []keyword[article.Align]{
		{"justify", article.AlignDefault}, {"start", article.AlignStart}, {"left", article.AlignStart},
		{"center", article.AlignCenter}, {"end", article.AlignEnd}, {"right", article.AlignEnd},
	}
	trims = []keyword[layout.Trim]{
		{"auto", layout.TrimAuto}, {"normal", layout.TrimNormal}, {"space-all", layout.SpaceAll},
		{"space-first", layout.SpaceFirst}, {"trim-start", layout.TrimStart}, {"trim-both", layout.TrimBoth},
		{"trim-all", layout.TrimAll}, {"kaiming", layout.TrimKaiming},
	}
	autospaces = []keyword[layout.Autospace]{
		{"auto", 0}, {"normal", layout.AutospaceLetters | layout.AutospaceDigits}, {"no-autospace", layout.NoAutospace},
		{"ideograph-alpha", layout.AutospaceLetters}, {"ideograph-numeric", layout.AutospaceDigits},
		{"insert", layout.AutospaceLetters | layout.AutospaceDigits}, {"punctuation", layout.AutospacePunctuation}, {"replace", layout.AutospaceLetters | layout.AutospaceDigits | layout.AutospaceReplace},
	}
	punctuations = []keyword[layout.Punctuation]{
		{"quanjiao", layout.Quanjiao}, {"banjiao", layout.Banjiao}, {"kaiming", layout.Kaiming}, {"plain", layout.Plain},
	}
	hangings = []keyword[layout.Hanging]{
		{"none", 0}, {"first", layout.HangFirst}, {"last", layout.HangLast},
		{"force-end", layout.HangForceEnd}, {"allow-end", layout.HangAllowEnd}, {"all", layout.HangAll},
	}
)

// choose returns the value of a keyword.
func choose[T any](flag, text string, known []keyword[T]) (T, error) {
	for _, k := range known {
		if k.name == text {
			return k.value, nil
		}
	}
	var zero T
	return zero, usagef("it is one of "+strings.Join(namesOf(known), ", "), "--%s: unknown value %q", flag, text)
}

func namesOf[T any](known []keyword[T]) []string {
	var names []string
	for _, k := range known {
		names = append(names, k.name)
	}
	return names
}

// combine returns the union of the keywords, written with spaces or commas between.
func combine[T ~uint8](flag, text string, known []keyword[T]) (T, error) {
	var all T
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		v, err := choose(flag, word, known)
		if err != nil {
			return 0, err
		}
		all |= v
	}
	return all, nil
}

// ems reads a length in ems, "10em" or "10".
func ems(flag, text string, em layout.Length) (layout.Length, error) {
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "em"), 64)
	if err != nil || !(v >= 0 && v <= 10000) {
		return 0, usagef("as in --"+flag+" 10em", "--%s: %q is no length in ems", flag, text)
	}
	return layout.Length(math.Round(v * float64(em))), nil
}

// maxInspectedLine is how many bytes a line may have.
const maxInspectedLine = 16 << 20

// eachLine calls do for each line of standard input and prints what it returns as a
// line of JSON.
func (e *env) eachLine(do func(text string) any) error {
	in := bufio.NewScanner(e.stdin)
	in.Buffer(nil, maxInspectedLine)
	out := bufio.NewWriter(e.stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for in.Scan() {
		if err := enc.Encode(do(strings.ToValidUTF8(in.Text(), "\uFFFD"))); err != nil {
			return err
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	return out.Flush()
}

// noOperands refuses operands, with a hint that may be empty.
func noOperands(hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef(hint, "%s takes no operands", cmd.CommandPath())
		}
		return nil
	}
}

func modeFlag(f *pflag.FlagSet, mode *string) {
	f.StringVar(mode, "writing-mode", "horizontal-tb", "which way the lines run: horizontal-tb, or vertical-rl for Japanese and Chinese")
	oneOf(f, "writing-mode", namesOf(modes)...)
}

func levelFlag(f *pflag.FlagSet, level *string) {
	f.StringVar(level, "clreq-level", "auto", "which marks may not begin or end a line of Chinese: auto (by region), none, basic, gb or strict")
	oneOf(f, "clreq-level", namesOf(levels)...)
}

func hangingFlag(f *pflag.FlagSet, hanging *string) {
	f.StringVar(hanging, "hanging-punctuation", "none", "which marks may stand outside the lines: none, or first, last, and allow-end or force-end; all: in simplified Chinese ；：！？ too")
}

// breaksCommand shows where lines may end.
func (e *env) breaksCommand() *cobra.Command {
	var lang, strict, level, word string
	cmd := &cobra.Command{
		Use:   "breaks",
		Short: "Show where the lines of a text may end",
		Long: `Breaks reads lines of text from standard input and writes one line of JSON for
each: the text, and the places within it where a line may end, counted in
characters from its begin.`,
		Example: `  echo '他说：“好！”' | leporello inspect breaks --lang zh-Hans`,
		Args:    noOperands("it reads standard input"),
		RunE: func(*cobra.Command, []string) error {
			o := linebreak.Options{Lang: lang}
			err := checkLang("--lang", lang)
			if err == nil {
				o.Strictness, err = choose("line-break", strict, strictnesses)
			}
			if err == nil {
				o.Level, err = choose("clreq-level", level, levels)
			}
			if err == nil {
				o.WordBreak, err = choose("word-break", word, wordBreaks)
			}
			if err != nil {
				return err
			}
			return e.breaks(o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&lang, "lang", "", "language of the text")
	f.StringVar(&strict, "line-break", "auto", "what may begin a line: auto, loose, normal, strict or anywhere")
	levelFlag(f, &level)
	f.StringVar(&word, "word-break", "normal", "where words may be broken: normal, keep-all or break-all")
	return cmd
}

func (e *env) breaks(o linebreak.Options) error {
	type found struct {
		Text   string `json:"text"`
		Breaks []int  `json:"breaks"`
	}
	var b linebreak.Breaker
	var at []linebreak.Opportunity
	return e.eachLine(func(text string) any {
		runes := []rune(text)
		at = b.Breaks(runes, o, at)
		f := found{Text: text, Breaks: []int{}}
		for i := 1; i < len(runes); i++ {
			if at[i]&linebreak.Allowed != 0 {
				f.Breaks = append(f.Breaks, i)
			}
		}
		return f
	})
}

// linesCommand shows how paragraphs are set.
func (e *env) linesCommand() *cobra.Command {
	var lang, mode, measure, indent, align, strict, level, trim, autospace, hanging string
	var square, hyphenate bool
	cmd := &cobra.Command{
		Use:   "lines",
		Short: "Show how paragraphs are set in lines",
		Long: `Lines reads paragraphs from standard input, one a line, sets each and writes one
line of JSON for it: its lines, each with its text, its width before
justification and after, and the width of each character with the white after
it, all in ems. Of characters drawn as one the first has the width. What hangs
out of the measure is given by itself and is in neither width; nor is the
indent. Text that is not justified is filled line by line.

A paragraph may have forced breaks in it: U+2028.`,
		Example: `  leporello inspect lines --lang zh-Hans --measure 24em --indent 2em < text.txt
  echo '（甲）（乙）' | leporello inspect lines --lang ja --square --measure 10em`,
		Args: noOperands("it reads standard input"),
		RunE: func(*cobra.Command, []string) error {
			o := layout.LineOptions{Lang: lang, Em: 20 * layout.Pt, Hyphenate: hyphenate}
			for _, read := range []func() error{
				func() error { return checkLang("--lang", lang) },
				func() (err error) { o.Mode, err = choose("writing-mode", mode, modes); return },
				func() (err error) { o.Measure, err = ems("measure", measure, o.Em); return },
				func() (err error) { o.Indent, err = ems("indent", indent, o.Em); return },
				func() (err error) { o.Align, err = choose("align", align, alignments); return },
				func() (err error) { o.Strictness, err = choose("line-break", strict, strictnesses); return },
				func() (err error) { o.Level, err = choose("clreq-level", level, levels); return },
				func() (err error) { o.Trim, err = choose("text-spacing-trim", trim, trims); return },
				func() (err error) { o.Autospace, err = combine("text-autospace", autospace, autospaces); return },
				func() (err error) { o.Hanging, err = combine("hanging-punctuation", hanging, hangings); return },
			} {
				if err := read(); err != nil {
					return err
				}
			}
			set := fonts.Embedded()
			if square {
				set = testfont.Set()
			}
			if err := set.Err(); err != nil {
				return err
			}
			return e.lines(set, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&lang, "lang", "", "language of the text")
	modeFlag(f, &mode)
	f.StringVar(&measure, "measure", "24em", "length of the lines")
	f.StringVar(&indent, "indent", "0em", "indent of the first line")
	f.StringVar(&align, "align", "justify", "justify, start, center or end")
	f.StringVar(&strict, "line-break", "auto", "what may begin a line: auto (as books of the language do), loose, normal, strict or anywhere")
	levelFlag(f, &level)
	f.StringVar(&trim, "text-spacing-trim", "auto", "which full-width marks lose their white: auto, normal, space-all, space-first, trim-start, trim-both or trim-all")
	f.StringVar(&autospace, "text-autospace", "auto", "what is set apart from Han: auto, normal, no-autospace, ideograph-alpha, ideograph-numeric, insert or replace")
	hangingFlag(f, &hanging)
	f.BoolVar(&hyphenate, "hyphenate", false, "part words in letters by hyphens")
	f.BoolVar(&square, "square", false, "set in a font of squares: wide characters are 1 em, others a half")
	return cmd
}

func (e *env) lines(set *fonts.Set, o layout.LineOptions) error {
	type line struct {
		Text     string    `json:"text"`
		Natural  float64   `json:"natural"`
		Set      float64   `json:"set"`
		Advances []float64 `json:"advances"`
		Start    float64   `json:"hangStart,omitempty"`
		End      float64   `json:"hangEnd,omitempty"`
	}
	type paragraph struct {
		Lines []line `json:"lines"`
	}
	em := func(l layout.Length) float64 { return math.Round(float64(l)/float64(o.Em)*1e6) / 1e6 }
	return e.eachLine(func(text string) any {
		p := paragraph{Lines: []line{}}
		for _, l := range layout.SetLines(text, set, o) {
			n := line{Text: l.Text, Natural: em(l.Natural), Set: em(l.Set), Advances: []float64{}, Start: em(l.HangStart), End: em(l.HangEnd)}
			for _, a := range l.Advances {
				n.Advances = append(n.Advances, em(a))
			}
			p.Lines = append(p.Lines, n)
		}
		return p
	})
}
