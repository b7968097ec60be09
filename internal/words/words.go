// Package words is what a book says of itself, in the languages that books are
// made in: the heading of its contents, what stands in the place of a picture,
// how long an article takes to read. It decides the wording and how dates and hosts are
// written. It leaves to the formats where the words stand.
package words

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
)

// Words are the words of one language.
type Words struct {
	Lang      string // the language they are in, BCP 47
	Contents  string // heading of the contents
	Issue     string // heading of the page that presents the articles
	Cover     string // what the cover is called
	Notes     string // heading of the notes
	Untitled  string // an article without a title
	Collected string // title of a book whose articles have nothing in common
	Original  string // introduces the link to the original
	Picture   string // a picture without a description
	Missing   string // a picture that could not be had
	Open      string // the link to what stands outside of the book
	Video     string
	Audio     string
	Frame     string // another page within the article
	Done      string // a task that is done
	ToDo      string // one that is not
	Back      string // from a note to its mark in the text, for those who hear it
	Join      string // between names
	Colon     string // between a word and what it introduces

	minutes  string // of reading, with %d
	articles string // of a book, with %d
	article  string // of a book with one
	volume   string // which of how many, with %d and %d
	date     string // layout of package time
	access   string // of a book that screen readers can read, pictures aside
	pictures string // added where some pictures have no description
	unread   string // in the place of an article that could not be read, with %s
}

var table = map[string]*Words{
	"zh-Hans": {
		Lang: "zh-Hans", Contents: "目录", Issue: "本期内容", Cover: "封面", Notes: "注释", Untitled: "无题", Collected: "文章合集",
		Original: "原文", Picture: "图片", Missing: "图片缺失", Open: "查看原处", Video: "视频", Audio: "音频", Frame: "嵌入内容",
		Done: "已完成", ToDo: "未完成", Back: "回到正文", Join: "、", Colon: "：",
		minutes: "阅读约%d分钟", articles: "%d篇文章", article: "%d篇文章", volume: "第%d册，共%d册", date: "2006年1月2日",
		access:   "正文、目录和标题均为文本，可以朗读。",
		pictures: "部分图片没有文字说明。",
		unread:   "这篇文章无法读取：%s",
	},
	"zh-Hant": {
		Lang: "zh-Hant", Contents: "目錄", Issue: "本期內容", Cover: "封面", Notes: "註釋", Untitled: "無題", Collected: "文章合集",
		Original: "原文", Picture: "圖片", Missing: "圖片缺失", Open: "查看原處", Video: "影片", Audio: "音訊", Frame: "嵌入內容",
		Done: "已完成", ToDo: "未完成", Back: "回到正文", Join: "、", Colon: "：",
		minutes: "閱讀約%d分鐘", articles: "%d篇文章", article: "%d篇文章", volume: "第%d冊，共%d冊", date: "2006年1月2日",
		access:   "內文、目錄與標題皆為文字，可以朗讀。",
		pictures: "部分圖片沒有文字說明。",
		unread:   "這篇文章無法讀取：%s",
	},
	"ja": {
		Lang: "ja", Contents: "目次", Issue: "この号の内容", Cover: "表紙", Notes: "注", Untitled: "無題", Collected: "記事集",
		Original: "元の記事", Picture: "画像", Missing: "画像がありません", Open: "元の場所で見る", Video: "動画", Audio: "音声", Frame: "埋め込み",
		Done: "済み", ToDo: "未了", Back: "本文に戻る", Join: "、", Colon: "：",
		minutes: "約%d分で読めます", articles: "%d本の記事", article: "%d本の記事", volume: "第%d巻（全%d巻）", date: "2006年1月2日",
		access:   "本文、目次、見出しはすべて文字で、読み上げができます。",
		pictures: "説明のない画像があります。",
		unread:   "この記事は読み込めませんでした：%s",
	},
	"ko": {
		Lang: "ko", Contents: "차례", Issue: "이번 호", Cover: "표지", Notes: "주", Untitled: "제목 없음", Collected: "기사 모음",
		Original: "원문", Picture: "그림", Missing: "그림 없음", Open: "원래 위치에서 보기", Video: "동영상", Audio: "오디오", Frame: "삽입된 내용",
		Done: "완료", ToDo: "미완료", Back: "본문으로 돌아가기", Join: ", ", Colon: ": ",
		minutes: "읽는 시간 약 %d분", articles: "기사 %d편", article: "기사 %d편", volume: "제%d권(전 %d권)", date: "2006년 1월 2일",
		access:   "본문, 차례, 제목이 모두 텍스트이며 소리 내어 읽을 수 있습니다.",
		pictures: "설명이 없는 그림이 있습니다.",
		unread:   "이 기사를 읽을 수 없습니다: %s",
	},
	"en": {
		Lang: "en", Contents: "Contents", Issue: "In this issue", Cover: "Cover", Notes: "Notes", Untitled: "Untitled", Collected: "Collected articles",
		Original: "Original", Picture: "Picture", Missing: "Picture missing", Open: "See it at its source", Video: "Video", Audio: "Audio", Frame: "Embedded page",
		Done: "done", ToDo: "to do", Back: "Back to the text", Join: ", ", Colon: ": ",
		minutes: "%d min read", articles: "%d articles", article: "%d article", volume: "Volume %d of %d", date: "2 January 2006",
		access:   "The text, the contents and the headings can be read aloud.",
		pictures: "Some pictures have no description.",
		unread:   "This article could not be read: %s",
	},
}

// RightToLeft tells whether a language, BCP 47, is written from right to left.
func RightToLeft(lang string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	switch primary {
	case "ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "syr", "ug", "ur", "yi":
		return true
	}
	return false
}

// guest are the words of English in books that are written from right to left: what
// begins with a number begins with a left-to-right mark, which keeps both in order.
var guest = func() *Words {
	w := *table["en"]
	for _, s := range []*string{&w.minutes, &w.articles, &w.article, &w.date} {
		*s = "\u200e" + *s
	}
	return &w
}()

// For returns the words of a language, BCP 47; those of English where the table
// has none.
func For(lang string) *Words {
	subtags := strings.Split(strings.ToLower(lang), "-")
	switch subtags[0] {
	case "zh", "cmn", "yue":
		for _, s := range subtags[1:] {
			switch s {
			case "hant", "tw", "hk", "mo":
				return table["zh-Hant"]
			case "hans":
				return table["zh-Hans"]
			}
		}
		if subtags[0] == "yue" {
			return table["zh-Hant"]
		}
		return table["zh-Hans"]
	case "ja", "ko":
		return table[subtags[0]]
	}
	if RightToLeft(lang) {
		return guest
	}
	return table["en"]
}

// Known tells whether the table has a language.
func Known(lang string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	return primary == "en" || For(lang).Lang != "en"
}

// Day writes the date of t.
func (w *Words) Day(t time.Time) string { return t.Format(w.date) }

// Days writes the dates from one day to another; one date where they are the
// same, the empty string where from is zero.
func (w *Words) Days(from, to time.Time) string {
	if from.IsZero() {
		return ""
	}
	a, b := w.Day(from), w.Day(to)
	if a == b || to.IsZero() {
		return a
	}
	return a + " – " + b
}

// Articles says how many articles there are.
func (w *Words) Articles(n int) string {
	if n == 1 {
		return fmt.Sprintf(w.article, n)
	}
	return fmt.Sprintf(w.articles, n)
}

// Volume says which of how many volumes a book is.
func (w *Words) Volume(n, of int) string { return fmt.Sprintf(w.volume, n, of) }

// Minutes says how long reading takes.
func (w *Words) Minutes(n int) string { return fmt.Sprintf(w.minutes, n) }

// Unread says that an article could not be read, and why.
func (w *Words) Unread(err error) string { return fmt.Sprintf(w.unread, err) }

// Access says in one or two sentences who can read the book; described tells
// whether every picture has a description.
func (w *Words) Access(described bool) string {
	if described {
		return w.access
	}
	if w.Lang == "en" || w.Lang == "ko" {
		return w.access + " " + w.pictures
	}
	return w.access + w.pictures
}

// Reading speeds: characters of East Asian text and words of other text a minute.
const (
	charactersPerMinute = 400
	wordsPerMinute      = 230
)

// ReadingTime returns how many minutes text takes to read, rounded up, one at
// least.
func ReadingTime(text string) int {
	cjk, words := count(text)
	const unit = charactersPerMinute * wordsPerMinute
	return max((cjk*wordsPerMinute+words*charactersPerMinute+unit-1)/unit, 1)
}

// count counts the East Asian characters of s, and the words in other scripts.
func count(s string) (cjk, words int) {
	in := false
	for _, r := range s {
		switch {
		case r >= 0x4E00 && r <= 0x9FFF, r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			cjk++
			in = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if !in {
				words++
			}
			in = true
		case r == '\'' || r == '’' || unicode.IsMark(r):
		default:
			in = false
		}
	}
	return cjk, words
}

// Host returns the host of an address as people know it: without www., and with
// the letters that a punycode name stands for. It is empty where the address has
// none.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := strings.TrimPrefix(u.Hostname(), "www.")
	// Names that break the rules of IDNA, or that pretend to be others, stay as they
	// are written.
	if text, err := idna.Lookup.ToUnicode(name); err == nil {
		name = text
	}
	return name
}
