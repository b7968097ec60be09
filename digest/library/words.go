package library

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/internal/words"
)

// phrases are the words of the pages in one language; what books say too comes
// from internal/words.
type phrases struct {
	*words.Words
	skip, digests, runs, catalog, search, find string

	next, none, newest, all, older, first       string // of issues
	number                                      string // of an issue, with %d
	noIssue, noDigest, noRun, noMatch           string
	download, size, pages                       string // size: with format and bytes
	leftOut, problems, deliveries, more         string
	runningNow, history, upcoming, due          string
	took, attempt, harvest, retry               string
	notFound, notFoundWhy                       string
	failure, failureWhy                         string
	asOf, newestRuns, olderRuns                 string
	missingFile                                 string
	oneProblem, manyProblems, found, resultsFor string // one problem; several, with %d; issues, with %d; with what was searched for
	of                                          string // how many of how many, with %d and %d
	failedN                                     string

	weekdays  [7]string
	from, to  string            // layouts of the days of a time within a year
	moment    string            // day, weekday, time of the day: with %s three times
	states    map[string]string // of runs, tasks and deliveries
	reasons   map[string]string // why an article was left out
	steps     map[string]string
	durations [3]string // hours and minutes; minutes; seconds
}

var english = &phrases{
	Words: words.For("en"),
	skip:  "Skip to the contents", digests: "Digests", runs: "Runs", catalog: "OPDS catalogue", search: "Search issues and articles", find: "Search",
	next: "Next issue", none: "not planned", newest: "Newest issue", all: "All issues", older: "Older issues", first: "Newest issues",
	number:  "No. %d",
	noIssue: "No issue has been made yet.", noDigest: "The configuration names no digest.", noRun: "Nothing has run yet.", noMatch: "Nothing was found.",
	download: "Download", size: "%s, %s", pages: "%d pages",
	leftOut: "Left out", problems: "Problems", deliveries: "Deliveries", more: "and %d more",
	runningNow: "Running now", history: "History", upcoming: "Next", due: "due",
	took: "took %s", attempt: "attempt %d", harvest: "Reading the sources", retry: "tries again %s",
	failure: "Something broke", failureWhy: "The page could not be made. The log of the program says why.",
	asOf: "as of %s", newestRuns: "Newest runs", olderRuns: "Older runs",
	notFound: "Not found", notFoundWhy: "There is no such page. It may have been removed.",
	missingFile: "This file is no longer there. It can be made again: leporello run %s --issue %d",
	oneProblem:  "1 problem", manyProblems: "%d problems", found: "%d found", resultsFor: "Results for “%s”",
	of: "%d of %d", failedN: "%d failed",
	weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	from:     "2 January", to: "2 January 2006",
	moment: "%[2]s, %[1]s, %[3]s",
	states: map[string]string{
		"planned": "planned", "harvesting": "reading the sources", "selecting": "choosing", "pictures": "getting pictures", "assembling": "making the book",
		"made": "made", "delivering": "delivering", "done": "done", "empty": "nothing new", "missed": "missed", "failed": "failed",
		"pending": "waiting", "running": "running", "ok": "done", "sending": "being sent", "sent": "sent", "uncertain": "uncertain: it may have arrived", "gave_up": "given up",
	},
	reasons: map[string]string{
		"too_old": "too old", "too_new": "too new", "category": "category", "language": "language", "short": "too short", "draft": "draft", "future": "dated in the future",
		"expired": "expired", "seen": "in an earlier issue", "duplicate": "the same as another", "near_duplicate": "nearly the same as another", "over_limit": "over the limit",
		"failed": "could not be read", "title": "title",
	},
	steps: map[string]string{
		"fetch": "pages", "parse": "articles", "pictures": "pictures", "assemble": "book", "deliver": "deliveries",
	},
	durations: [3]string{"%d h %d min", "%d min %d s", "%s s"},
}

var simplified = &phrases{
	Words: words.For("zh-Hans"),
	skip:  "跳到正文", digests: "文摘", runs: "运行记录", catalog: "OPDS 书目", search: "搜索期号和文章", find: "搜索",
	next: "下一期", none: "未安排", newest: "最新一期", all: "全部各期", older: "更早的各期", first: "最新各期",
	number:  "第%d期",
	noIssue: "还没有做好的期号。", noDigest: "配置里没有文摘。", noRun: "还没有运行过。", noMatch: "没有找到。",
	download: "下载", size: "%s，%s", pages: "%d页",
	leftOut: "未收入", problems: "问题", deliveries: "投递", more: "另有%d项",
	runningNow: "正在运行", history: "历史", upcoming: "接下来", due: "已到时间",
	took: "用时%s", attempt: "第%d次尝试", harvest: "读取来源", retry: "%s再试",
	failure: "出错了", failureWhy: "这一页无法生成，原因见程序日志。",
	asOf: "截至%s", newestRuns: "最新记录", olderRuns: "更早的记录",
	notFound: "没有这一页", notFoundWhy: "这一页不存在，或者已经移除。",
	missingFile: "这个文件已经不在了，可以重新制作：leporello run %s --issue %d",
	oneProblem:  "1个问题", manyProblems: "%d个问题", found: "找到%d期", resultsFor: "“%s”的搜索结果",
	of: "%d / %d", failedN: "%d项失败",
	weekdays: [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
	from:     "2006年1月2日", to: "1月2日",
	moment: "%s %s %s",
	states: map[string]string{
		"planned": "已安排", "harvesting": "正在读取来源", "selecting": "正在选文", "pictures": "正在取图", "assembling": "正在成书",
		"made": "已成书", "delivering": "正在投递", "done": "完成", "empty": "没有新文章", "missed": "错过", "failed": "失败",
		"pending": "等待", "running": "进行中", "ok": "完成", "sending": "正在发送", "sent": "已送出", "uncertain": "不确定：可能已经送达", "gave_up": "已放弃",
	},
	reasons: map[string]string{
		"too_old": "太旧", "too_new": "太新", "category": "分类不符", "language": "语言不符", "short": "太短", "draft": "草稿", "future": "日期在未来",
		"expired": "已过期", "seen": "以前各期已有", "duplicate": "重复", "near_duplicate": "近似重复", "over_limit": "超过上限",
		"failed": "无法读取", "title": "标题不符",
	},
	steps: map[string]string{
		"fetch": "网页", "parse": "文章", "pictures": "图片", "assemble": "成书", "deliver": "投递",
	},
	durations: [3]string{"%d小时%d分", "%d分%d秒", "%s秒"},
}

var traditional = &phrases{
	Words: words.For("zh-Hant"),
	skip:  "跳到內文", digests: "文摘", runs: "執行紀錄", catalog: "OPDS 書目", search: "搜尋期號和文章", find: "搜尋",
	next: "下一期", none: "未安排", newest: "最新一期", all: "全部各期", older: "更早的各期", first: "最新各期",
	number:  "第%d期",
	noIssue: "還沒有做好的期號。", noDigest: "設定裡沒有文摘。", noRun: "還沒有執行過。", noMatch: "沒有找到。",
	download: "下載", size: "%s，%s", pages: "%d頁",
	leftOut: "未收入", problems: "問題", deliveries: "投遞", more: "另有%d項",
	runningNow: "正在執行", history: "歷史", upcoming: "接下來", due: "已到時間",
	took: "用時%s", attempt: "第%d次嘗試", harvest: "讀取來源", retry: "%s再試",
	failure: "出錯了", failureWhy: "這一頁無法產生，原因見程式日誌。",
	asOf: "截至%s", newestRuns: "最新紀錄", olderRuns: "更早的紀錄",
	notFound: "沒有這一頁", notFoundWhy: "這一頁不存在，或者已經移除。",
	missingFile: "這個檔案已經不在了，可以重新製作：leporello run %s --issue %d",
	oneProblem:  "1個問題", manyProblems: "%d個問題", found: "找到%d期", resultsFor: "「%s」的搜尋結果",
	of: "%d / %d", failedN: "%d項失敗",
	weekdays: [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
	from:     "2006年1月2日", to: "1月2日",
	moment: "%s %s %s",
	states: map[string]string{
		"planned": "已安排", "harvesting": "正在讀取來源", "selecting": "正在選文", "pictures": "正在取圖", "assembling": "正在成書",
		"made": "已成書", "delivering": "正在投遞", "done": "完成", "empty": "沒有新文章", "missed": "錯過", "failed": "失敗",
		"pending": "等待", "running": "進行中", "ok": "完成", "sending": "正在傳送", "sent": "已送出", "uncertain": "不確定：可能已經送達", "gave_up": "已放棄",
	},
	reasons: map[string]string{
		"too_old": "太舊", "too_new": "太新", "category": "分類不符", "language": "語言不符", "short": "太短", "draft": "草稿", "future": "日期在未來",
		"expired": "已過期", "seen": "以前各期已有", "duplicate": "重複", "near_duplicate": "近似重複", "over_limit": "超過上限",
		"failed": "無法讀取", "title": "標題不符",
	},
	steps: map[string]string{
		"fetch": "網頁", "parse": "文章", "pictures": "圖片", "assemble": "成書", "deliver": "投遞",
	},
	durations: [3]string{"%d小時%d分", "%d分%d秒", "%s秒"},
}

var japanese = &phrases{
	Words: words.For("ja"),
	skip:  "本文へ移動", digests: "ダイジェスト", runs: "実行履歴", catalog: "OPDS カタログ", search: "号と記事を検索", find: "検索",
	next: "次の号", none: "予定なし", newest: "最新号", all: "すべての号", older: "以前の号", first: "最新の号",
	number:  "第%d号",
	noIssue: "まだ号がありません。", noDigest: "設定にダイジェストがありません。", noRun: "まだ実行されていません。", noMatch: "見つかりませんでした。",
	download: "ダウンロード", size: "%s、%s", pages: "%dページ",
	leftOut: "収録しなかったもの", problems: "問題", deliveries: "配信", more: "ほか%d件",
	runningNow: "実行中", history: "履歴", upcoming: "次の予定", due: "予定時刻です",
	took: "所要時間 %s", attempt: "%d回目", harvest: "配信元の読み込み", retry: "%s に再試行",
	failure: "エラーが発生しました", failureWhy: "ページを作れませんでした。理由はプログラムのログにあります。",
	asOf: "%s 現在", newestRuns: "最新の履歴", olderRuns: "以前の履歴",
	notFound: "ページがありません", notFoundWhy: "このページは存在しないか、削除されました。",
	missingFile: "このファイルはもうありません。作り直せます：leporello run %s --issue %d",
	oneProblem:  "問題1件", manyProblems: "問題%d件", found: "%d号見つかりました", resultsFor: "「%s」の検索結果",
	of: "%d / %d", failedN: "失敗%d件",
	weekdays: [7]string{"日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"},
	from:     "2006年1月2日", to: "1月2日",
	moment: "%s（%s）%s",
	states: map[string]string{
		"planned": "予定", "harvesting": "配信元を読み込み中", "selecting": "記事を選択中", "pictures": "画像を取得中", "assembling": "製本中",
		"made": "製本済み", "delivering": "配信中", "done": "完了", "empty": "新しい記事なし", "missed": "見送り", "failed": "失敗",
		"pending": "待機中", "running": "実行中", "ok": "完了", "sending": "送信中", "sent": "送信済み", "uncertain": "不明：届いているかもしれません", "gave_up": "中止",
	},
	reasons: map[string]string{
		"too_old": "古すぎる", "too_new": "新しすぎる", "category": "分類", "language": "言語", "short": "短すぎる", "draft": "下書き", "future": "未来の日付",
		"expired": "期限切れ", "seen": "以前の号に収録済み", "duplicate": "重複", "near_duplicate": "ほぼ重複", "over_limit": "上限超過",
		"failed": "読み込めない", "title": "題名",
	},
	steps: map[string]string{
		"fetch": "ページ", "parse": "記事", "pictures": "画像", "assemble": "製本", "deliver": "配信",
	},
	durations: [3]string{"%d時間%d分", "%d分%d秒", "%s秒"},
}

// speak returns the words for a header Accept-Language: those of the language of
// the highest weight that the pages know, else English.
func speak(accept string) *phrases {
	best, weight := english, 0.0
	for _, item := range strings.Split(accept, ",") {
		tag, params, _ := strings.Cut(item, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				continue
			}
		}
		tag = strings.ToLower(strings.TrimSpace(tag))
		primary, _, _ := strings.Cut(tag, "-")
		var p *phrases
		switch words.For(tag).Lang {
		case "zh-Hans":
			p = simplified
		case "zh-Hant":
			p = traditional
		case "ja":
			p = japanese
		case "en":
			if primary != "en" {
				continue // English is what words has for others
			}
			p = english
		default:
			continue
		}
		if q > weight {
			best, weight = p, q
		}
	}
	return best
}

// say returns the word of a table, or the key itself where it has none.
func say(table map[string]string, key string) string {
	if s := table[key]; s != "" {
		return s
	}
	return key
}

// Days writes the days from one to another, and a year that they share once.
func (p *phrases) Days(from, to time.Time) string {
	if from.Year() != to.Year() || from.YearDay() == to.YearDay() {
		return p.Words.Days(from, to)
	}
	return from.Format(p.from) + " – " + to.Format(p.to)
}

// Problems says how many problems there are.
func (p *phrases) Problems(n int) string {
	if n == 1 {
		return p.oneProblem
	}
	return fmt.Sprintf(p.manyProblems, n)
}

// Moment writes a time of a zone: the day, its weekday, the hour.
func (p *phrases) Moment(t time.Time) string {
	return fmt.Sprintf(p.moment, p.Day(t), p.weekdays[t.Weekday()], t.Format("15:04"))
}

// Duration writes how long something took.
func (p *phrases) Duration(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf(p.durations[0], int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf(p.durations[1], int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf(p.durations[2], strconv.FormatFloat(d.Seconds(), 'f', 1, 64))
}

// fileSize writes the size of a file.
func fileSize(n int64) string {
	switch {
	case n < 1000_000:
		return fmt.Sprintf("%d KB", max(n/1000, 1))
	case n < 10_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d MB", n/1000_000)
}
