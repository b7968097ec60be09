package layout

import (
	"fmt"
	"strings"
	"time"
)

// words are what a page says of itself in the language of its article.
type words struct {
	contents string
	picture  string // what a picture without a description is called
	missing  string // a picture that could not be had
	video    string
	audio    string
	frame    string
	minutes  string // of reading, with %d
	articles string // of a book, with %d
	date     string // layout of package time
	join     string // between names
}

var languages = map[string]*words{
	"zh":      {"目录", "图片", "图片无法取得", "视频", "音频", "嵌入内容", "阅读约%d分钟", "%d篇文章", "2006年1月2日", "、"},
	"zh-hant": {"目錄", "圖片", "圖片無法取得", "影片", "音訊", "嵌入內容", "閱讀約%d分鐘", "%d篇文章", "2006年1月2日", "、"},
	"ja":      {"目次", "画像", "画像を取得できません", "動画", "音声", "埋め込み", "約%d分で読めます", "%d本の記事", "2006年1月2日", "、"},
	"ko":      {"차례", "그림", "그림을 가져올 수 없음", "동영상", "오디오", "삽입된 내용", "읽는 시간 약 %d분", "기사 %d편", "2006년 1월 2일", ", "},
	"en":      {"Contents", "picture", "picture not available", "video", "audio", "embedded page", "%d min read", "%d articles", "2 January 2006", ", "},
}

// wordsFor returns the words of a language, English where there are none.
func wordsFor(lang string) *words {
	l := strings.ToLower(lang)
	if strings.HasPrefix(l, "zh-hant") || strings.HasPrefix(l, "zh-tw") || strings.HasPrefix(l, "zh-hk") || strings.HasPrefix(l, "zh-mo") || strings.HasPrefix(l, "yue") {
		return languages["zh-hant"]
	}
	primary, _, _ := strings.Cut(l, "-")
	if w, ok := languages[primary]; ok {
		return w
	}
	return languages["en"]
}

// day writes the date of t.
func (w *words) day(t time.Time) string { return t.Format(w.date) }

// reading says how long n characters of East Asian text and m words of others
// take to read.
func (w *words) reading(n, m int) string {
	return fmt.Sprintf(w.minutes, max((n*60/400+m*60/230+30)/60, 1))
}
