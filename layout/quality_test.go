package layout

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/fonts"
	"github.com/leporello-press/leporello/internal/testfont"
)

// prose makes paragraphs of Chinese text with the marks, words and numbers of a
// newspaper, the same at every run, until they have n characters.
func prose(n int) (out []string) {
	seed := uint32(2021)
	rnd := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	nouns := strings.Fields("城市 河流 老人 报纸 天气 学校 工程师 图书馆 铁路 经济 孩子们 研究 月亮 会议 春天 邮局 音乐 政府 医院 海岸 GPU Go语言 2021年 35% 互联网 3.5万吨 CO₂ iPhone")
	verbs := strings.Fields("看见 建设 研究 讨论 走过 记得 离开 增长了 带来 证明 报道 修理 等待 喜欢 打开 影响")
	adverbs := strings.Fields("慢慢地 昨天 已经 终于 在清晨 一直 几乎 随后 据说 在北京 不久以后 渐渐")
	clause := func() string {
		s := ""
		if rnd(2) == 0 {
			s += adverbs[rnd(len(adverbs))]
		}
		s += nouns[rnd(len(nouns))] + verbs[rnd(len(verbs))] + nouns[rnd(len(nouns))]
		switch rnd(12) {
		case 0:
			s += "（" + nouns[rnd(len(nouns))] + "）"
		case 1:
			s = "《" + nouns[rnd(len(nouns))] + "》" + s
		case 2:
			s += "、" + nouns[rnd(len(nouns))] + "和" + nouns[rnd(len(nouns))]
		case 3:
			s += "——" + adverbs[rnd(len(adverbs))] + verbs[rnd(len(verbs))]
		}
		return s
	}
	for n > 0 {
		var b strings.Builder
		for length := 40 + rnd(320); len([]rune(b.String())) < length; {
			for k := rnd(3); k >= 0; k-- {
				if rnd(9) == 0 {
					b.WriteString("他说：“" + clause() + "。”")
					break
				}
				b.WriteString(clause())
				if k > 0 {
					b.WriteString([]string{"，", "，", "，", "；", "："}[rnd(5)])
				}
			}
			b.WriteString([]string{"。", "。", "。", "。", "？", "！", "……"}[rnd(7)])
		}
		out = append(out, b.String())
		n -= len([]rune(b.String()))
	}
	return out
}

// quality counts what a reader would see in justified lines.
type quality struct {
	lines, overfull, loose, veryLoose, lone int
	worst                                   Length
	examples                                []string // of very loose lines
}

// judge adds the lines of the ways that end at the candidates.
func (q *quality) judge(s *lineSetter, ends []int, measure, indent Length) {
	for k, j := range ends {
		i := 0
		if k > 0 {
			i = ends[k-1]
			indent = 0
		}
		from, to := &s.cands[i], &s.cands[j]
		q.lines++
		slack := measure - indent - (to.stop.natural - from.start.natural)
		last := j == len(s.cands)-1
		switch {
		case slack < 0 && -slack > to.stop.all-from.start.all:
			q.overfull++
		case last:
			if k > 0 && to.stop.letters-from.start.letters < 2 {
				q.lone++
			}
		case slack > 0:
			each := slack - (to.stop.stretch - from.start.stretch)
			if gaps := Length(to.stop.gaps - from.start.gaps); gaps > 0 {
				each /= gaps
			}
			q.worst = max(q.worst, each)
			if each > em/20 {
				q.loose++
			}
			if each > em/8 {
				q.veryLoose++
				q.examples = append(q.examples, string(s.runes[s.boxes[from.box].text0:s.boxes[to.box-1].text1]))
			}
		}
	}
}

// greedy fills each line before it begins the next, shrinking where that lets more fit.
func greedy(s *lineSetter, measure, indent Length) (ends []int) {
	for i := 0; i < len(s.cands)-1; {
		best := i + 1
		for j := i + 1; j < len(s.cands); j++ {
			need := s.cands[j].stop.natural - s.cands[i].start.natural - (measure - indent)
			if need > s.cands[j].stop.all-s.cands[i].start.all {
				break
			}
			best = j
		}
		ends = append(ends, best)
		i, indent = best, 0
	}
	return ends
}

func TestQuality(t *testing.T) {
	text := prose(100_000)
	for _, ems := range []Length{18, 24, 38} {
		var ours, theirs quality
		measure, indent := ems*em, 2*em
		s := &lineSetter{set: testfont.Set()}
		for _, par := range text {
			s.load(plainParagraph("zh-Hans", par, measure, indent))
			s.shapeAll()
			s.space()
			s.sum()
			s.chooseBreaks(0, len(s.boxes), measure, indent)
			var ends []int
			for c := int32(len(s.cands) - 1); c > 0; c = s.cands[c].prev {
				ends = append([]int{int(c)}, ends...)
			}
			ours.judge(s, ends, measure, indent)
			theirs.judge(s, greedy(s, measure, indent), measure, indent)
		}
		t.Logf("%d em: %d lines, gaps over 1/20 em %d, over 1/8 em %d, worst %.3f em, lone %d; greedy: %d lines, %d, %d, %.3f em, %d",
			ems, ours.lines, ours.loose, ours.veryLoose, float64(ours.worst)/float64(em), ours.lone,
			theirs.lines, theirs.loose, theirs.veryLoose, float64(theirs.worst)/float64(em), theirs.lone)
		if ours.overfull > 0 {
			t.Errorf("%d em: %d lines stick out", ems, ours.overfull)
		}
		if ems >= 20 && ours.lone > 0 {
			t.Errorf("%d em: %d last lines of one character", ems, ours.lone)
		}
		if ours.loose*3 > theirs.loose {
			t.Errorf("%d em: %d loose lines, greedy has %d", ems, ours.loose, theirs.loose)
		}
		if ems >= 24 && ours.veryLoose > 0 {
			t.Errorf("%d em: %d lines with gaps over 1/8 em: %q", ems, ours.veryLoose, ours.examples)
		}
	}
}

// TestJustified: every line of a justified paragraph but the last is exactly the measure.
func TestJustified(t *testing.T) {
	tt := testSetter(t)
	text := prose(100_000)
	for _, measure := range []Length{17*em + 12345, 18 * em, 24 * em, 38 * em, 38*em - 1} {
		full := 0
		for _, par := range text {
			p := plainParagraph("zh-Hans", par, measure, 2*em)
			lines := tt.setParagraph(p)
			checkLaws(t, p, lines)
			for i, l := range lines[:len(lines)-1] {
				full++
				if l.width+indentOf(p, i) != measure {
					t.Fatalf("line %d of %q is %d wide, want %d", i, par, l.width, measure)
				}
				x := indentOf(p, i)
				for _, it := range l.items {
					if r, ok := it.(*GlyphRun); ok {
						if r.At.X != x {
							t.Fatalf("line %d of %q: a run at %d, want %d", i, par, r.At.X, x)
						}
						for _, g := range r.Glyphs {
							x += g.Advance
						}
					}
				}
				if x != measure {
					t.Fatalf("line %d of %q ends at %d, want %d", i, par, x, measure)
				}
			}
		}
		t.Logf("%s em: %d full lines are exactly the measure", ems(measure), full)
	}
}

func BenchmarkParagraph(b *testing.B) {
	for _, c := range []struct {
		name string
		ems  Length
		set  *fonts.Set
	}{{"24em", 24, testfont.Set()}, {"38em", 38, testfont.Set()}, {"38em Noto", 38, fonts.Embedded()}} {
		if c.set.Err() != nil {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			text := prose(50_000)
			n := 0
			for _, p := range text {
				n += len([]rune(p))
			}
			tt := testSetter(b)
			tt.set = c.set
			b.ReportAllocs()
			for b.Loop() {
				for _, par := range text {
					tt.setParagraph(plainParagraph("zh-Hans", par, c.ems*em, 2*em))
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "chars/s")
		})
	}
}

func BenchmarkBreaking(b *testing.B) {
	text := prose(50_000)
	n := 0
	var setters []*lineSetter
	for _, par := range text {
		s := &lineSetter{set: testfont.Set()}
		s.load(plainParagraph("zh-Hans", par, 24*em, 2*em))
		s.shapeAll()
		s.space()
		n += len(s.runes)
		setters = append(setters, s)
	}
	for b.Loop() {
		for _, s := range setters {
			s.sum()
			s.chooseBreaks(0, len(s.boxes), 24*em, 2*em)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "chars/s")
}
