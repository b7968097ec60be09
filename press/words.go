package press

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The few words that the pipeline itself puts into books.
type words struct {
	collected string // title of a book whose articles have nothing in common
	unread    string // in the place of an article that could not be read
	picture   string // in the place of a picture without a description
	day       string // layout of a day, for package time
}

var vocabulary = map[string]words{
	"zh":      {"文章合集", "这篇文章无法读取：%s", "图片", "2006年1月2日"},
	"zh-hant": {"文章合集", "這篇文章無法讀取：%s", "圖片", "2006年1月2日"},
	"ja":      {"記事集", "この記事は読み込めませんでした：%s", "画像", "2006年1月2日"},
	"ko":      {"기사 모음", "이 기사를 읽을 수 없습니다: %s", "그림", "2006년 1월 2일"},
	"en":      {"Collected articles", "This article could not be read: %s", "Picture", "2 January 2006"},
}

// wordsOf returns the words of a language; those of English where it has none.
func wordsOf(lang string) words {
	l := strings.ToLower(lang)
	if primary(l) == "zh" {
		for _, sub := range strings.Split(l, "-") {
			if sub == "hant" || sub == "tw" || sub == "hk" || sub == "mo" {
				return vocabulary["zh-hant"]
			}
		}
	}
	if w, ok := vocabulary[primary(l)]; ok {
		return w
	}
	return vocabulary["en"]
}

// day writes a day as a language does. Where the language is not known it is
// written as ISO 8601 has it.
func day(t time.Time, lang string) string {
	if _, ok := vocabulary[primary(lang)]; !ok {
		return t.Format(time.DateOnly)
	}
	return t.Format(wordsOf(lang).day)
}

// wordsLang is the language that wordsOf answers in.
func wordsLang(lang string) string {
	if _, ok := vocabulary[primary(lang)]; ok {
		return lang
	}
	return "en"
}

// unread says in a book that an article could not be read. Only the innermost
// cause is told: what is around it names paths, which are another on each machine.
func unread(lang string, err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Sprintf(wordsOf(lang).unread, err)
		}
		err = inner
	}
}
