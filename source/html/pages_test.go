package html

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
)

// A story is an article before a site wrapped it up.
type story struct {
	lang       string
	title      string
	site       string
	paragraphs []string // of running text
	lines      []string // short ones: a dialogue
	lead       string
	date       string // as the site writes it
	comments   []string
	n          *rand.Rand
}

// tongue is what stories of one language are made of.
type tongue struct {
	lang      string
	titles    []string
	site      string
	sentences []string // %d makes each its own
	lines     []string
	comments  []string
	date      string
	nav       []string
	related   []string
	words     map[string]string
}

var tongues = []tongue{
	{lang: "zh-Hans", site: "河湾新闻网", date: "2021年8月5日 13:46",
		titles: []string{"老码头改造进入第二阶段", "山城公交试行夜间线路", "图书馆把自习室开到凌晨", "一座小城的修表匠", "海边渔村的第一所夜校"},
		sentences: []string{"这项工程从%d年开始筹备，原计划三年完工，因为河道清淤的缘故推迟了两次。", "居民代表在会上提出了%d条意见，其中多数与噪声、停车和老树的去留有关。", "负责人说，施工队将分%d个班次进场，尽量避开早晚高峰。",
			"走进院子，墙上还留着第%d号门牌，漆已经剥落，字却看得清楚。", "据介绍，类似的做法在邻近的城市试行过%d个月，效果不错，因此才决定推广。", "当天来了%d位老人，有的带着孙子，有的自己搬来小板凳，坐在树荫下听完了全程。"},
		lines:    []string{"“你来了？”第%d次问。", "“来了。”他数到%d。", "“坐吧，%d号桌。”", "她没说话，看了%d眼窗外。"},
		comments: []string{"我住在附近已经%d年了，每天上下班都要经过那里，希望这次真的能把路修好，不要再拖下去了，大家都等得很辛苦。", "说得很好，不过我认为还有第%d个问题没有提到，就是周边的学校怎么办，孩子们上学要绕很远的路，家长们都很着急。"},
		nav:      []string{"首页", "国内", "国际", "财经", "体育", "科技频道", "房产", "汽车"}, related: []string{"两家工厂将搬出市区", "新桥通车首日车流平稳", "本周末有雨注意出行", "老字号面馆重新开张"},
		words: map[string]string{"source": "来源：河湾新闻网", "related": "相关阅读推荐", "comments": "网友热评", "ad": "限时特惠点击领取优惠券", "copyright": "河湾新闻网版权所有 未经许可不得转载", "hot": "热门排行榜", "share": "分享到微博", "login": "登录后发表"}},
	{lang: "zh-Hant", site: "港灣日報", date: "2021年08月05日 13:46",
		titles: []string{"舊碼頭改建進入第二階段", "山城巴士試辦夜間路線", "圖書館將自習室開放到凌晨", "小鎮上的修錶師傅", "漁村的第一所夜校"},
		sentences: []string{"這項工程從%d年開始籌備，原訂三年完工，因為河道清淤的緣故延後了兩次。", "居民代表在會上提出%d項意見，其中多數與噪音、停車和老樹的去留有關。", "負責人說，施工隊將分%d個班次進場，盡量避開上下班時段。",
			"走進院子，牆上還留著第%d號門牌，油漆已經剝落，字跡卻仍清楚。", "據了解，類似的作法在鄰近城市試辦過%d個月，成效不錯，因此才決定推廣。", "當天來了%d位長者，有人帶著孫子，有人自己搬來板凳，坐在樹蔭下聽完全程。"},
		lines:    []string{"「你來了？」第%d次問。", "「來了。」他數到%d。", "「坐吧，%d號桌。」", "她沒說話，看了%d眼窗外。"},
		comments: []string{"我住在附近已經%d年了，每天上下班都要經過那裡，希望這次真的能把路修好，不要再拖下去了，大家都等得很辛苦。", "說得很好，不過我認為還有第%d個問題沒有提到，就是周邊的學校怎麼辦，孩子們上學要繞很遠的路，家長都很著急。"},
		nav:      []string{"首頁", "要聞", "國際", "財經", "運動", "科技", "房產", "副刊"}, related: []string{"兩家工廠將遷出市區", "新橋通車首日車流平穩", "週末有雨出門留意", "老字號麵館重新開張"},
		words: map[string]string{"source": "來源：港灣日報", "related": "相關報導推薦", "comments": "讀者留言區", "ad": "限時優惠點擊領取折價券", "copyright": "港灣日報版權所有 未經授權不得轉載", "hot": "熱門排行榜", "share": "分享到社群", "login": "登入後發表"}},
	{lang: "ja", site: "みなと新聞", date: "2021年8月5日 13時46分",
		titles: []string{"旧埠頭の再整備が第二段階へ", "山あいの町で夜間バスの試験運行", "図書館が自習室を深夜まで開放", "小さな町の時計職人の一日", "漁村に生まれた最初の夜間学校"},
		sentences: []string{"この計画は%d年に始まり、三年で終わる予定だったが、川の浚渫のために二度延期された。", "住民の代表は会合で%d件の意見を述べ、その多くは騒音や駐車、古い木の扱いについてのものだった。", "責任者によると、工事は%d班に分かれて行われ、朝夕の混雑をできるだけ避けるという。",
			"庭に入ると、壁には第%d号の表札が残っていて、塗料ははがれているが文字は読める。", "同じような試みは隣の市で%dか月続けられ、結果がよかったので広げることになったそうだ。", "その日は%d人のお年寄りが集まり、木陰に腰を下ろして最後まで話を聞いていた。"},
		lines:    []string{"「来たのか」と%d回目に聞いた。", "「来たよ」と%dまで数えた。", "「%d番の席だ」", "彼女は窓を%d度見た。"},
		comments: []string{"この近くに%d年住んでいますが、毎日通る道なので、今度こそきちんと直してほしいと思います。みんな長いあいだ待っています。", "とてもよい記事ですが、%dつ目の問題が抜けていると思います。近くの学校の子どもたちが遠回りをしなければならないのです。"},
		nav:      []string{"ホーム", "政治", "経済", "国際", "スポーツ", "科学", "文化", "地域"}, related: []string{"二つの工場が市外へ移転", "新しい橋が開通", "週末は雨の見込み", "老舗のそば屋が再開"},
		words: map[string]string{"source": "みなと新聞社", "related": "関連する記事はこちら", "comments": "みんなのコメント", "ad": "期間限定クーポンを受け取る", "copyright": "みなと新聞社 無断転載を禁じます", "hot": "アクセスランキング", "share": "この記事をシェアする", "login": "ログインして書く"}},
	{lang: "ko", site: "나루신문", date: "2021.08.05 13:46",
		titles: []string{"옛 부두 정비 사업 두 번째 단계로", "산골 도시의 심야 버스 시범 운행", "도서관 열람실 새벽까지 문 연다", "작은 마을의 시계 수리공", "어촌에 생긴 첫 야간 학교"},
		sentences: []string{"이 사업은 %d년에 준비를 시작해 삼 년 안에 끝낼 예정이었지만, 강바닥 정비 때문에 두 차례 미뤄졌다.", "주민 대표는 회의에서 %d가지 의견을 냈는데, 대부분 소음과 주차, 오래된 나무에 관한 것이었다.", "책임자는 공사를 %d개 조로 나누어 진행하고, 출퇴근 시간은 되도록 피하겠다고 말했다.",
			"마당에 들어서면 벽에 %d호 문패가 아직 남아 있고, 칠은 벗겨졌지만 글자는 또렷하다.", "비슷한 시도가 이웃 도시에서 %d개월 동안 이어졌고, 결과가 좋아 넓히기로 했다고 한다.", "그날 모인 %d명의 어르신들은 나무 그늘에 앉아 끝까지 이야기를 들었다."},
		lines:    []string{"“왔니?” %d번째 물었다.", "“왔어요.” %d까지 셌다.", "“%d번 자리야.”", "창밖을 %d번 보았다."},
		comments: []string{"이 근처에 %d년째 살고 있는데, 날마다 지나는 길이라 이번에는 꼭 제대로 고쳐 주면 좋겠습니다. 모두 오래 기다렸습니다.", "좋은 기사지만 %d번째 문제가 빠졌다고 생각합니다. 가까운 학교 아이들이 먼 길로 돌아가야 합니다."},
		nav:      []string{"홈", "정치", "경제", "국제", "스포츠", "과학", "문화", "지역"}, related: []string{"공장 두 곳 시외로 이전", "새 다리 개통 첫날", "주말에 비 소식", "오래된 국숫집 다시 문 열어"},
		words: map[string]string{"source": "나루신문사", "related": "함께 볼 만한 기사", "comments": "독자 댓글 모음", "ad": "기간 한정 쿠폰 받기", "copyright": "나루신문 무단 전재 및 재배포 금지", "hot": "많이 본 뉴스 순위", "share": "기사 공유하기", "login": "로그인 후 작성"}},
	{lang: "en", site: "The Quay Herald", date: "August 5, 2021",
		titles: []string{"Old wharf enters its second year of repairs", "A night bus line for the hill town", "Library keeps its reading room open past midnight", "The last watchmaker on Mill Street", "The fishing village that built a night school"},
		sentences: []string{"Work on the plan began in %d and was to take three years, but dredging the river delayed it twice.", "Residents brought %d remarks to the meeting, most of them about noise, parking and the fate of the old trees.", "The foreman said that the crews would work in %d shifts, and keep away from the rush hours where they could.",
			"In the yard the plate of number %d is still on the wall; the paint has gone, but the letters can be read.", "A town nearby had tried the same for %d months, and with good results, so the council decided to go on.", "That day %d people came, some with their grandchildren, and sat in the shade of the trees until the end."},
		lines:    []string{"“You came,” he said, %d times.", "“I did.” She counted to %d.", "“Sit at table %d.”", "He looked out %d times."},
		comments: []string{"I have lived near there for %d years and pass it every day, so I do hope that this time they will mend the road, since we have all been waiting for it for so long.", "A good piece, but I think that problem number %d is missing, which is what becomes of the school, since the children have to take the long way round now."},
		nav:      []string{"Home", "World", "Business", "Sport", "Science", "Arts", "Travel", "Weather"}, related: []string{"Two factories to leave town", "New bridge opens to traffic", "Rain expected at the weekend", "Noodle shop opens its doors again"},
		words: map[string]string{"source": "From our correspondent", "related": "You may also like these", "comments": "What readers say", "ad": "Claim your coupon before midnight", "copyright": "The Quay Herald. All rights reserved", "hot": "Most read this week", "share": "Share this story now", "login": "Sign in to write"}},
}

func (t *tongue) story(seed uint64) *story {
	n := rand.New(rand.NewPCG(seed, 7))
	s := &story{lang: t.lang, title: t.titles[int(seed)%len(t.titles)], site: t.site, date: t.date, n: n}
	number := 1900
	fill := func(list []string, i int) string {
		number += 1 + n.IntN(9)
		return fmt.Sprintf(list[i%len(list)], number)
	}
	for i := range 7 + n.IntN(6) {
		var b strings.Builder
		for j := range 1 + n.IntN(3) {
			if j > 0 && (t.lang == "en" || t.lang == "ko") {
				b.WriteByte(' ')
			}
			b.WriteString(fill(t.sentences, i+j*2))
		}
		s.paragraphs = append(s.paragraphs, b.String())
	}
	s.lead = fill(t.sentences, n.IntN(6))
	for i := range 24 {
		s.lines = append(s.lines, fill(t.lines, i))
	}
	for i := range 8 {
		s.comments = append(s.comments, fill(t.comments, i))
	}
	return s
}

// A style wraps a story up as sites of some kind do.
type style struct {
	name string
	make func(s *story, t *tongue) (page string, want []string)
	// loose: what readers wrote is a part of the page's text.
	loose bool
}

func tags(format string, list []string) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, format, s)
	}
	return b.String()
}

func menu(t *tongue) string { return tags("<li><a href='/c/x'>%s</a></li>", t.nav) }

func relatedList(t *tongue) string {
	return "<h3>" + t.words["related"] + "</h3><ul>" + tags("<li><a href='/a/1.html'>%s</a></li>", t.related) + "</ul>"
}

func document(s *story, head, body string) string {
	return "<!DOCTYPE html>\n<html><head><meta charset=utf-8><title>" + s.title + "_" + s.site + "</title>" + head + "</head>\n<body>" + body + "</body></html>"
}

var pageStyles = []style{
	{name: "portal", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script src=/a.js></script>", `<div class="topbar"><ul class="nav">`+menu(t)+`</ul></div><div class="crumbs"><a href=/>`+t.nav[0]+`</a> &gt; <a href=/x>`+t.nav[1]+`</a></div>
<div class="wrap"><div class="left"><h1>`+s.title+`</h1><div class="info"><span class="time">`+s.date+`</span> <span>`+t.words["source"]+`</span></div>
<div id="artibody">`+tags("<p>　　%s</p>\n", s.paragraphs)+`</div><div class="share">`+t.words["share"]+`</div><div class="related">`+relatedList(t)+`</div></div>
<div class="right"><div class="rank"><h3>`+t.words["hot"]+`</h3><ol>`+tags("<li><a href=/b>%s</a></li>", t.related)+`</ol></div></div></div><div class="footer">`+t.words["copyright"]+`</div>`), s.paragraphs
	}},
	{name: "unnamed boxes", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "", `<div class="a1"><ul>`+menu(t)+menu(t)+`</ul></div><div class="b2"><div class="c3"><h1>`+s.title+`</h1><p class="d4">`+s.date+`　`+t.words["source"]+`</p><div class="e5">`+
			tags("<p>%s</p>", s.paragraphs)+`</div></div><div class="f6"><ul>`+tags("<li><a href=/b>%s</a></li>", t.related)+`</ul></div></div><div class="g7">`+t.words["copyright"]+`</div>`), s.paragraphs
	}},
	{name: "tables", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "", `<table width=980 align=center><tr>`+tags("<td><a href=/x>%s</a></td>", t.nav)+`</tr></table><table width=980><tr><td width=200 valign=top><table>`+tags("<tr><td><a href=/y>%s</a></td></tr>", t.related)+
			`</table></td><td valign=top><table width=100%><tr><td align=center><font size=5><b>`+s.title+`</b></font></td></tr><tr><td align=center>`+s.date+` `+t.words["source"]+`</td></tr><tr><td class=text>`+
			strings.Join(s.paragraphs, "<br><br>\n　　")+`</td></tr></table></td></tr></table><table><tr><td align=center>`+t.words["copyright"]+`</td></tr></table>`), s.paragraphs
	}},
	{name: "messenger", make: func(s *story, t *tongue) (string, []string) {
		body := ""
		for i, p := range s.paragraphs {
			body += `<section style="margin:8px"><span style="font-size:15px">` + p + `</span></section>`
			if i%3 == 1 {
				body += fmt.Sprintf(`<p><img class="rich_pages" data-src="https://img.example.com/mm/%d/640?wx_fmt=jpeg" data-w="1080" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="></p>`, i)
			}
		}
		return document(s, `<script>var ct = "1628171160";</script><script>var x=1</script><style>a{}</style>`, `<div id="js_article"><div id="img-content"><h1 class="rich_media_title" id="activity-name">`+s.title+`</h1><div id="meta_content"><span>`+s.site+`</span><em id="publish_time"></em></div><div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">`+
			body+`</div></div><div class="rich_media_tool"><a href="javascript:;">`+t.words["share"]+`</a></div><div id="js_pc_qr_code"><p>`+t.words["login"]+`</p></div></div>`), s.paragraphs
	}},
	{name: "press words", make: func(s *story, t *tongue) (string, []string) {
		want := slices.Clone(s.paragraphs)
		body := ""
		for i, p := range s.paragraphs {
			if i%4 == 2 {
				h := fmt.Sprintf("%d. %s", i, t.titles[(i+1)%len(t.titles)])
				body += "<h2>" + h + "</h2>"
				want = append(want, h)
			}
			body += "<p>" + p + "</p>"
		}
		return document(s, `<link rel=stylesheet href=/a.css><meta name=generator content=WordPress>`, `<header class="site-header"><p class="site-title"><a href=/>`+s.site+`</a></p><nav class="main-navigation"><ul>`+menu(t)+`</ul></nav></header><div id="content"><main><article class="post type-post"><header class="entry-header"><h1 class="entry-title">`+s.title+`</h1><div class="entry-meta"><time class="published" datetime="2021-08-05T13:46:00+00:00">`+s.date+`</time></div></header><div class="entry-content">`+
			body+`</div><footer class="entry-footer"><span class="tags-links">`+tags("<a href=/tag>%s</a> ", t.nav)+`</span></footer></article><nav class="post-navigation">`+tags("<a href=/b>%s</a> ", t.related)+`</nav><div id="comments" class="comments-area"><h2>`+t.words["comments"]+`</h2><ol class="comment-list">`+tags("<li><p>%s</p></li>", s.comments)+`</ol></div></main></div><aside class="widget-area"><h2>`+t.words["hot"]+`</h2><ul>`+tags("<li><a href=/b>%s</a></li>", t.related)+`</ul></aside><footer id="colophon">`+t.words["copyright"]+`</footer>`), want
	}},
	{name: "static blog", make: func(s *story, t *tongue) (string, []string) {
		return document(s, `<meta name=generator content=Hexo><script></script><script></script><link rel=stylesheet href=x>`, `<header class="header"><nav class="site-nav"><ul>`+menu(t)+`</ul></nav></header><main class="main"><div class="post-block"><article itemscope itemtype="http://schema.org/Article"><header class="post-header"><h1 class="post-title" itemprop="name headline">`+s.title+`</h1><div class="post-meta"><time title="x" itemprop="dateCreated datePublished" datetime="2021-08-05T13:46:00Z">2021-08-05</time></div></header><div class="post-body" itemprop="articleBody">`+
			tags("<p>%s</p>\n", s.paragraphs)+`<pre><code>make all &amp;&amp; make test</code></pre></div><footer class="post-footer"><div class="post-nav">`+tags("<a href=/b>%s</a>", t.related)+`</div></footer></article></div></main><aside class="sidebar"><div class="post-toc"><ol><li><a href=#a>x</a></li></ol></div></aside>`), append(slices.Clone(s.paragraphs), "make all && make test")
	}},
	{name: "boxes for paragraphs", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script><script></script>", `<div class="header"><ul>`+menu(t)+`</ul></div><div class="detail"><h1>`+s.title+`</h1><div class="pubtime">`+s.date+`</div><div class="txt">`+tags("<div>%s</div>\n", s.paragraphs)+`</div></div><div class="more">`+relatedList(t)+`</div>`), s.paragraphs
	}},
	{name: "line breaks", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "", `<div class="nav"><ul>`+menu(t)+`</ul></div><div class="box"><h2 class="title">`+s.title+`</h2><p>`+s.date+`</p><div class="con">`+strings.Join(s.paragraphs, "<br/>\n<br/>\n")+`</div></div><div class="footer">`+t.words["copyright"]+`</div>`), s.paragraphs
	}},
	{name: "single line breaks", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "", `<div class="nav"><ul>`+menu(t)+`</ul></div><div class="box"><h1>`+s.title+`</h1><div class="con">`+strings.Join(s.paragraphs, "<br>\n　　")+`</div></div><div class="bottom">`+tags("<a href=/b>%s</a>", t.related)+`</div>`), s.paragraphs
	}},
	{name: "dialogue, named comments", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script>", `<div class="nav"><ul>`+menu(t)+`</ul></div><div class="read"><h1>`+s.title+`</h1><div class="chapter">`+tags("<p>%s</p>", s.lines)+`</div></div><div class="comments"><h3>`+t.words["comments"]+`</h3>`+tags("<div class=item><p>%s</p></div>", s.comments)+`</div><div class="footer">`+t.words["copyright"]+`</div>`), s.lines
	}},
	{name: "dialogue, unnamed comments", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script>", `<div class="nav"><ul>`+menu(t)+`</ul></div><div class="read"><h1>`+s.title+`</h1><div class="article-content">`+tags("<p>%s</p>", s.lines)+`</div></div><div class="wall"><h3>`+t.words["comments"]+`</h3>`+tags("<div class=item><p>%s</p></div>", s.comments)+`</div><div class="footer">`+t.words["copyright"]+`</div>`), s.lines
	}},
	{name: "board", loose: true, make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<div id="nv"><ul>`+menu(t)+`</ul></div><div id="postlist"><table><tr><td><h1 class="ts">`+s.title+`</h1></td></tr></table><div id="post_1"><table><tr><td class="pls"><div class="authi"><a href=/u/1>u1</a></div></td><td class="plc"><div class="pi"><em>`+s.date+`</em></div><div class="t_fsz"><table><tr><td class="t_f" id="postmessage_1">`+
			strings.Join(s.paragraphs, "<br>\n<br>\n")+`</td></tr></table></div></td></tr></table></div>`+func() string {
			b := ""
			for i, c := range s.comments {
				b += fmt.Sprintf(`<div id="post_%d"><table><tr><td class="pls"><a href=/u/%d>u%d</a></td><td class="plc"><table><tr><td class="t_f">%s</td></tr></table></td></tr></table></div>`, i+2, i, i, c)
			}
			return b
		}()+`</div><div id="ft">`+t.words["copyright"]+`</div>`), s.paragraphs
	}},
	{name: "newspaper", make: func(s *story, t *tongue) (string, []string) {
		return document(s, `<meta property="og:title" content="`+s.title+`"><meta property="og:site_name" content="`+s.site+`"><script></script>`, `<header><nav><ul>`+menu(t)+`</ul></nav></header><main><section class="articleDetail"><h1>`+s.title+`</h1><p class="articleDate">`+s.date+`</p><figure class="lead"><img src="/img/lead.jpg" alt=""><figcaption>`+s.lead+`</figcaption></figure><div class="articleText">`+
			tags("<p>%s</p>", s.paragraphs)+`</div><div class="snsShare"><ul><li><a href=#>`+t.words["share"]+`</a></li></ul></div></section><section class="ranking"><h2>`+t.words["hot"]+`</h2><ol>`+tags("<li><a href=/b>%s</a></li>", t.related)+`</ol></section></main><footer><p>`+t.words["copyright"]+`</p></footer>`), append([]string{s.lead}, s.paragraphs...)
	}},
	{name: "words that are links", make: func(s *story, t *tongue) (string, []string) {
		body := ""
		for i, p := range s.paragraphs {
			r := []rune(p)
			k := min(len(r), 6+i)
			body += `<p><a class="keyword" href="/k">` + string(r[:k]) + `</a>` + string(r[k:]) + `</p>`
		}
		return document(s, "<script></script><script></script>", `<div id="globalheader"><ul>`+menu(t)+`</ul></div><div id="container"><div id="main"><article class="entry"><h1 class="entry-title"><a href=/e>`+s.title+`</a></h1><div class="date"><time datetime="2021-08-05">`+s.date+`</time></div><div class="entry-content">`+body+`</div></article></div><aside id="box2"><div class="hatena-module"><h3>`+t.words["hot"]+`</h3><ul>`+tags("<li><a href=/b>%s</a></li>", t.related)+`</ul></div></aside></div>`), s.paragraphs
	}},
	{name: "advertisements between", make: func(s *story, t *tongue) (string, []string) {
		body := ""
		for i, p := range s.paragraphs {
			body += "<p>" + p + "</p>"
			if i%3 == 0 {
				body += `<div class="ad-slot"><span>` + t.words["ad"] + `</span></div>`
			}
			if i == 2 {
				body += `<aside class="related-inline"><a href=/r>` + t.related[0] + `</a></aside>`
			}
		}
		return document(s, `<script type="application/ld+json">{"@type":"NewsArticle","headline":"`+s.title+`","datePublished":"2021-08-05T13:46:00Z","author":{"name":"A. Writer"}}</script><script></script>`, `<div id="masthead"><nav>`+tags("<a href=/x>%s</a>", t.nav)+`</nav></div><article><h1>`+s.title+`</h1><div class="byline">By A. Writer</div>`+body+`</article><div class="newsletter"><form><label>`+t.words["login"]+`</label><input></form></div><div class="trending">`+relatedList(t)+`</div>`), s.paragraphs
	}},
	{name: "several boxes", make: func(s *story, t *tongue) (string, []string) {
		body := ""
		for i, p := range s.paragraphs {
			if i%3 == 0 {
				if i > 0 {
					body += `</div><div class="ad"><span>` + t.words["ad"] + `</span></div>`
				}
				body += `<div class="text-part">`
			}
			body += "<p>" + p + "</p>"
		}
		return document(s, "<script></script>", `<div class="menu"><ul>`+menu(t)+`</ul></div><div class="story"><h1>`+s.title+`</h1>`+body+`</div></div><div class="footer">`+t.words["copyright"]+`</div>`), s.paragraphs
	}},
	{name: "lists", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><div class="content"><h1>`+s.title+`</h1><p>`+s.lead+`</p><h2>1</h2><ul>`+tags("<li>%s</li>", s.paragraphs[:4])+`</ul><h2>2</h2><ol>`+tags("<li><p>%s</p></li>", s.paragraphs[4:])+`</ol></div><footer>`+t.words["copyright"]+`</footer>`), append([]string{s.lead}, s.paragraphs...)
	}},
	{name: "short news, long comments", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><div class="main"><h1>`+s.title+`</h1><div class="time">`+s.date+`</div><div class="body">`+tags("<p>%s</p>", s.paragraphs[:2])+`</div><div id="comment-list" class="comment-list">`+tags("<div class=c><p>%s</p></div>", s.comments)+`</div></div><footer>`+t.words["copyright"]+`</footer>`), s.paragraphs[:2]
	}},
	{name: "lead outside", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><div class="page"><div class="hd"><h1>`+s.title+`</h1><p class="summary">`+s.lead+`</p><div class="meta">`+s.date+`</div></div><div class="bd"><div class="txt">`+tags("<p>%s</p>", s.paragraphs)+`</div></div></div><div class="ft">`+t.words["copyright"]+`</div>`), append([]string{s.lead}, s.paragraphs...)
	}},
	{name: "pictures", make: func(s *story, t *tongue) (string, []string) {
		body := ""
		for i, p := range s.paragraphs {
			body += fmt.Sprintf(`<figure><img src="/blank.gif" data-original="/p/%d.jpg"><figcaption>%s</figcaption></figure>`, i, p)
		}
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><article><h1>`+s.title+`</h1><p>`+s.lead+`</p>`+body+`</article><div class="related">`+relatedList(t)+`</div>`), append([]string{s.lead}, s.paragraphs...)
	}},
	{name: "code and data", make: func(s *story, t *tongue) (string, []string) {
		rows := ""
		for i := range 5 {
			rows += fmt.Sprintf("<tr><td>%s</td><td>%d</td></tr>", t.nav[i], 100*i)
		}
		return document(s, "<link rel=stylesheet href=x><script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><div class="markdown-body"><h1>`+s.title+`</h1>`+tags("<p>%s</p>", s.paragraphs[:3])+`<pre><code class="language-go">func main() { println("42") }</code></pre><table><thead><tr><th>k</th><th>v</th></tr></thead><tbody>`+rows+`</tbody></table><blockquote><p>`+s.paragraphs[3]+`</p></blockquote>`+tags("<p>%s</p>", s.paragraphs[4:])+`</div><footer>`+t.words["copyright"]+`</footer>`),
			append(slices.Clone(s.paragraphs), `func main() { println("42") }`, "400")
	}},
	{name: "notes outside", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><div class="post"><h1>`+s.title+`</h1><div class="prose">`+tags("<p>%s</p>", s.paragraphs)+`<p>`+s.lead+`<sup><a href="#fn1">1</a></sup></p></div><div class="footnotes"><ol><li id="fn1">`+s.lines[3]+`</li></ol></div></div><footer>`+t.words["copyright"]+`</footer>`), append(slices.Clone(s.paragraphs), s.lead)
	}},
	{name: "telephone", make: func(s *story, t *tongue) (string, []string) {
		return document(s, `<meta name=viewport content="width=device-width">`, `<header><a href=/>`+s.site+`</a></header><h1>`+s.title+`</h1><p class=t>`+s.date+`</p>`+tags("<p>%s</p>", s.paragraphs)+`<footer>`+tags("<a href=/x>%s</a>", t.nav)+`</footer>`), s.paragraphs
	}},
	{name: "unfolded on a click", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><article class="a"><h1>`+s.title+`</h1><div class="text"><div>`+tags("<p>%s</p>", s.paragraphs[:5])+`</div><div class="rest" style="display:none">`+tags("<p>%s</p>", append(s.paragraphs[5:len(s.paragraphs):len(s.paragraphs)], s.paragraphs[:0]...))+tags("<p>%s</p>", s.lines)+`</div></div></article><footer>`+t.words["copyright"]+`</footer>`), append(slices.Clone(s.paragraphs), s.lines...)
	}},
	{name: "a body called after its sidebar", make: func(s *story, t *tongue) (string, []string) {
		return document(s, "<script></script><script></script>", `<nav><ul>`+menu(t)+`</ul></nav><div class="with-sidebar"><div class="sidebar-content-main"><h1>`+s.title+`</h1>`+tags("<p>%s</p>", s.paragraphs)+`</div><div class="sidebar"><ul>`+tags("<li><a href=/b>%s</a></li>", t.related)+`</ul></div></div><footer>`+t.words["copyright"]+`</footer>`), s.paragraphs
	}},
	{name: "saved in one file", make: func(s *story, t *tongue) (string, []string) {
		page := document(s, "<style>"+strings.Repeat(".x{color:red}", 200)+"</style><style></style><style></style>", `<header><nav><ul>`+menu(t)+`</ul></nav></header><main><article><h1>`+s.title+`</h1><img src="data:image/png;base64,`+strings.Repeat("QUFB", 300)+`" alt="">`+tags("<p>%s</p>", s.paragraphs)+`</article></main><footer>`+t.words["copyright"]+`</footer>`)
		return strings.Replace(page, "<head>", "<!--\n Page saved with SingleFile \n url: https://news.example.com/2021/a.html \n saved date: Thu Aug 05 2021 \n--><head>", 1), s.paragraphs
	}},
}

// pages makes all pages.
func pages(f func(name string, data []byte, s *story, t *tongue, want []string, loose bool)) {
	for i, st := range pageStyles {
		for j := range tongues {
			t := &tongues[j]
			s := t.story(uint64(i*7 + j))
			page, want := st.make(s, t)
			data := []byte(page)
			if i%4 == 0 && (t.lang == "zh-Hans" || t.lang == "zh-Hant") {
				name, enc := "gb2312", simplifiedchinese.GBK.NewEncoder()
				if t.lang == "zh-Hant" {
					name, enc = "big5", traditionalchinese.Big5.NewEncoder()
				}
				if b, err := enc.Bytes([]byte(strings.Replace(page, "charset=utf-8", "charset="+name, 1))); err == nil {
					data = b
				}
			}
			f(st.name+"/"+t.lang, data, s, t, want, st.loose)
		}
	}
}

func TestWholePages(t *testing.T) {
	count, dated := 0, 0
	pages(func(name string, data []byte, s *story, tg *tongue, want []string, loose bool) {
		count++
		t.Run(name, func(t *testing.T) {
			var issues []article.Issue
			for doc, err := range (Reader{}).Read(source.Input{Name: "page.html", Data: data}, func(i article.Issue) { issues = append(issues, i) }) {
				if err != nil {
					t.Fatal(err)
				}
				text := squeeze(doc.Text())
				from := 0
				for _, p := range want {
					switch i := strings.Index(text, squeeze(p)); {
					case i < 0:
						t.Errorf("lost: %s", p)
					case i < from:
						from = i
					}
				}
				if doc.Meta.Title != s.title {
					t.Errorf("title %q, want %q", doc.Meta.Title, s.title)
				}
				junk := []string{strings.Join(tg.nav[2:5], ""), tg.words["copyright"], tg.words["ad"], tg.words["hot"], tg.related[2], tg.words["share"]}
				if !loose {
					junk = append(junk, s.comments...)
				}
				for _, j := range junk {
					if strings.Contains(text, squeeze(j)) {
						t.Errorf("not a part of it: %s", j)
					}
				}
				if !doc.Meta.Published.IsZero() {
					dated++
					if got := doc.Meta.Published.Format("2006-01-02"); got != "2021-08-05" {
						t.Errorf("date %s", got)
					}
				}
				if doc.Meta.Published.IsZero() && strings.Contains(string(data), s.date) && tg.lang != "en" {
					t.Errorf("the date %q is not found", s.date)
				}
			}
			if t.Failed() {
				for _, i := range issues {
					t.Log(i)
				}
			}
		})
	})
	if count < 100 {
		t.Errorf("only %d pages", count)
	}
	t.Logf("%d pages, %d with a date", count, dated)
}

// Whatever is left out of a page is named.
func TestWholePagesLoseNothing(t *testing.T) {
	pages(func(name string, data []byte, s *story, tg *tongue, want []string, loose bool) {
		if strings.Contains(string(data), "charset=utf-8") {
			if m := lost(t, string(data)); m != "" {
				t.Errorf("%s: %q", name, m)
			}
		}
	})
}

func TestLargePage(t *testing.T) {
	s := tongues[0].story(1)
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><html><head><title>" + s.title + "</title></head><body><nav><ul>" + menu(&tongues[0]) + "</ul></nav><div class=x><h1>" + s.title + "</h1>")
	for b.Len() < 5<<20 {
		for _, p := range s.paragraphs {
			b.WriteString("<div><p>" + p + "</p><span class=q><a href=/x>" + s.title + "</a></span></div>\n")
		}
	}
	b.WriteString("</div></body></html>")
	start := time.Now()
	for _, err := range (Reader{}).Read(source.Input{Name: "page.html", Data: []byte(b.String())}, func(article.Issue) {}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	// Under a second of work. The bound is for what grows faster than the page, on
	// machines that do other things too.
	if d := time.Since(start); d > 60*time.Second {
		t.Errorf("5 MB take %v", d)
	} else {
		t.Log(d)
	}
}

// Nothing in a page makes the search for its article fail or take long.
func TestHostilePages(t *testing.T) {
	text := strings.Repeat("一二三四五，六七八九十。", 8)
	head := "<!DOCTYPE html><html><head><title>x</title></head><body><nav><a href=/>a</a></nav>"
	pages := map[string]string{
		"deep":           head + strings.Repeat("<div class=a><p>"+text+"</p>", 490),
		"deep many":      head + strings.Repeat(strings.Repeat("<div><span>", 200)+text+strings.Repeat("</span></div>", 200), 60),
		"wide":           head + strings.Repeat("<div><a href=/x>x</a></div>", 40_000),
		"many br":        head + "<div>" + strings.Repeat(text+"<br><br>", 5_000) + "</div>",
		"many classes":   head + `<div class="` + strings.Repeat("comment ad nav ", 50_000) + `">` + text + "</div>",
		"many tables":    head + strings.Repeat("<table><tr><td>", 100) + text + strings.Repeat("</table>", 100) + strings.Repeat("<table><tr><td>"+text+"</table>", 2_000),
		"notes":          head + strings.Repeat("<p>"+text+"<a href=#n>1</a></p>", 3_000) + "<div id=n>x</div>",
		"no body text":   head,
		"hidden":         head + "<div style='opacity:0;visibility:hidden'>" + text + "</div>",
		"everything":     "<!DOCTYPE html><html><head><title>x</title></head>" + "<body>" + strings.Join(pieces, "") + "<nav>" + strings.Repeat("<a href=x>y</a>", 20),
		"forged marks":   head + "<div leporello-at-9999999 leporello-at-0 leporello-at--3>" + text + "</div>",
		"title repeated": head + strings.Repeat("<h1>x</h1><p class=title>x</p>", 2_000) + text,
	}
	for name, p := range pages {
		start := time.Now()
		if m := lost(t, p); m != "" {
			t.Errorf("%s: %.40q is lost", name, m)
		}
		if d := time.Since(start); d > 60*time.Second {
			t.Errorf("%s: %v", name, d)
		} else {
			t.Logf("%s: %v", name, d)
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }
