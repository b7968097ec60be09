package html_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/leporello-press/leporello/internal/golden"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/html"
	"github.com/leporello-press/leporello/source/sourcetest"
)

// traits are fragments that show one thing each. The golden file has the tree and
// the issues of every one.
var traits = []struct{ name, page string }{
	// Paragraphs and white space.
	{"loose text before a break", "<div>\n第一段。<br>\n<p>第二段。</p></div>"},
	{"two breaks", "一<br><br>二<br />\n<br>三"},
	{"one break keeps a line", "<p>横排<br>一行</p>"},
	{"long loose lines are paragraphs", strings.Repeat("很长的一段文字", 6) + "。<br>下一段也一样。<br>短"},
	{"indents", "<p>　　一</p><p>&nbsp;&nbsp;二</p><p>&emsp;&emsp;三　四　</p>"},
	{"an indent after a break is a paragraph", "<p>　　一<br>　　二</p>"},
	{"empty paragraphs", "<p></p><p>&nbsp;</p><p>　</p><p>\u200b\ufeff</p><p><br></p><p><span> </span></p>一"},
	{"line ends between characters", "<p>中文\n换行，\n一行ひらがな\nカタカナ\n한국어\n두 줄 Latin\ntwo 中文\nLatin</p>"},
	{"spaces over elements", "<p>a <b> b </b> c<i>d</i> <a href='https://x.org'> e</a></p>"},
	{"controls and noncharacters", "<p>a\x08b\x7fc\ufffed\uffffe\u200bf\ufeffg&#8;h\u00adi\u2060j&#x1F468;\u200d&#x1F469;</p>"},
	{"no-break and wide spaces stay", "<p>a\u00a0b\u3000\u3000c&nbsp;&nbsp;d</p>"},
	{"entities", "<p>&hellip;&bogus;&#128;&amp;&lt;&#x20BB7;&#xD800;&notin;</p>"},
	{"pre-wrap keeps lines", "<p style='white-space: pre-wrap'>一\n二  三</p>"},
	{"p in span, div in p", "<span>a<p>b</p>c</span><p>d<div>e</div>f</p>"},
	{"alignment that means something", "<p style='text-align:right'>署名</p><center><p>诗</p></center><p align=justify>文</p><div style='TEXT-ALIGN: center !important'>中<p style='text-align:left'>左</p></div>"},
	{"soft markup", "<p><em>a</em><strong>b</strong><code>c</code><s>d</s><u>e</u><mark>f</mark><sup>g</sup><sub>h</sub><small>i</small><kbd>j</kbd><cite>k</cite><font color=red>l</font><big>m</big><tt>n</tt></p>"},
	{"styles", "<p><span style='font-weight:700;font-style:italic'>a</span><b style='font-weight:normal'>b</b><span style='text-decoration: underline line-through'>c</span><span style='display:block'>d</span></p>"},
	{"names, titles and notes in the line", "<p><u class='proper-noun'>李白</u><u class='ZhuanMing'>杜甫</u>作<u class=书名号>史<b>记</b></u> <u class='book-title'>汉书 </u> <u class=book-title>后</u>，<span class=warichu>双行</span><small class=割注>小字</small></p>" +
		"<p>文<u class=proper-noun></u>字<span class=proper-noun>不是</span><span style='text-decoration:underline wavy red'>是</span><u style='text-decoration-style:wavy;text-decoration-line:underline'>也是</u><i style='-epub-text-emphasis-style: filled dot'>a</i><span style='text-emphasis: dot'>b</span><span style='text-emphasis:none'>c</span></p><div class=warichu>一段</div>"},
	{"misnested", "<p><b>a<i>b</b>c</i>d</p>"},
	{"quotations", "<p>他说<q>好</q>，“<q>行</q>”。</p><p lang=ja>彼は<q>はい</q>と</p>"},

	// Headings.
	{"bold lines", "<p><strong>小标题</strong></p><p>文</p><p><b>不是标题。</b></p><p><b>" + strings.Repeat("长", 31) + "</b></p><p>文<b>粗</b></p><p><a href='https://x.org'><b>链接</b></a></p><p><b>One heading of less than sixty letters</b></p><p>文</p><p><b>末尾</b></p>"},
	{"bold below a heading", "<h2>甲</h2><p><span style='font-weight:bold'>乙</span></p><p>文</p>"},
	{"bold in lists and cells stays", "<ul><li><b>一</b></li></ul><table><tr><td><b>二</b></td><td>三</td></tr></table>"},
	{"levels", "<h3>一</h3><h5>二</h5><h3>三</h3><h1>四</h1><h6>五</h6>"},
	{"empty and picture headings", "<h2></h2><h2><img src=a.jpg></h2><h2>题<img src=b.jpg></h2><h2><b>粗</b></h2>"},
	{"blocks in headings", "<h2><div>上</div><div>下</div></h2>"},

	// Pictures.
	{"attributes", `<p><img id="0" src="https://a.org/1.jpg" alt="说 明" title="题" width="550" height="1190px" referrerpolicy="No-Referrer"></p>`},
	{"pictures in a row", "<p><img src='a.jpg'><img src='b.jpg'>\n<img src='c.jpg'></p>"},
	{"picture and caption line", "<p><img src='a.jpg'><br>图注</p><p style='text-align:center'><small>说明</small></p>"},
	{"pictures among text", "<p>字<img src='e.png' width=20 height=20>字<img src='big.jpg' width=600>字<img src='q.png'>字</p><p><img src='s.png' height=24>字</p>"},
	{"linked picture", "<a href='https://x.org/p'><img src='https://x.org/a.jpg'></a><a href='https://x.org/a.jpg'><img src='https://x.org/a-300x200.jpg'></a>"},
	{"figure", "<figure><img src=a.jpg><img src=b.jpg><figcaption>图<b>注</b><p>二行</p></figcaption></figure>"},
	{"figure with text and two captions", "<figure>文<img src=a.jpg><figcaption>一</figcaption><figcaption>二</figcaption></figure>"},
	{"figure of code and of a table", "<figure><pre>x</pre><figcaption>码</figcaption></figure><figure><table><tr><td>1<td>2</table><figcaption>表</figcaption></figure>"},
	{"figures in a figure", "<figure><figure><img src=a.jpg><figcaption>甲</figcaption></figure><figure><img src=b.jpg></figure><figcaption>全</figcaption></figure>"},
	{"lazy", "<img src='loading.gif' data-src='https://a.org/640?wx_fmt=jpeg'><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-original='/b.jpg'><img class=lazy src='thumb.jpg' data-original='full.jpg'>"},
	{"noscript picture", "<p><img src='blank.gif'><noscript><img src='real.jpg'></noscript></p><p><img src='same.jpg'><noscript><img src='same.jpg'></noscript></p><noscript>请启用脚本</noscript>"},
	{"srcset", "<img src='s.jpg' srcset='s.jpg 480w, m.jpg 1080w, l.jpg 3000w'><img srcset='a.jpg, b.jpg 2x'><img srcset='h.jpg 4000w, j.jpg 3000w'>"},
	{"picture element", "<picture><source type='image/avif' srcset='a.avif'><source type='image/webp' srcset='a.webp'><img src='a.jpg' alt='甲'></picture><picture><source type='image/avif' srcset='b.avif'><source srcset='b.jpg 1x, b2.jpg 2x'><img alt='乙'></picture>"},
	{"pixels and nothing", "<img src='https://count.org/p.gif' width=1 height=1><img src='https://count.org/q.gif' style='width:0;height:0'><img alt='没有地址'><img src='p.jpg' style='display:none'>"},
	{"addresses", "<img src='//h.org/a b.jpg'><img src='data:image/png;base64,AAAA'><img src='javascript:x'><img src='图 %41.png'><img src='file:///etc/passwd'><img src=' https://a.org/x\n.jpg '>"},
	{"page policy", "<meta name=referrer content=never><img src=a.jpg><img src=b.jpg referrerpolicy=origin>"},
	{"inline svg", "<svg width=200 height=100 onload='x()'><script>y</script><style>z</style><rect width=5 style='fill:red' fill='url(http://x)' stroke='url(#g)'/><text>图中文字</text><a href='javascript:x'><path d='M0'/></a><foreignObject><p>外来</p></foreignObject><linearGradient id=g /></svg>"},
	{"svg icons", "<svg aria-hidden=true><path d='M0'/></svg><svg width=16 height=16><path d='M0'/></svg><svg><use href='#icon-share'/></svg><svg viewBox='0 0 300 150' aria-label='标志'><path d='M0'/></svg>"},

	// Links and anchors.
	{"links", "<a href='https://x.org/?a=1&b=2'>一</a><a href='relative'>二</a><a href='JavaScript:x()'>三</a><a href=' https://y.org '>四</a><a href='mailto:a@b.c'>五</a><a href='tel:1'>六</a><a href='ftp://x'>七</a><a href='https://x.org/[bad path'>八</a><a>九</a><a href='data:text/html,x'>十</a><a href='ja\nva\tscript:x'>零</a>"},
	{"anchors", "<p><a href='#a'>去</a><a href='#c'>去</a><a href='#gone'>死</a><a href='#'>无</a><a href='#%E4%B8%AD'>中</a></p><p id=a>甲<span id=b>乙</span></p><div id=c><div><p id=d>丙</p></div></div><p>丁<a name='中'></a></p><p id=a>重</p>"},
	{"anchors in odd places", "<a href='#t'>1</a><a href='#r'>2</a><a href='#i'>3</a><a href='#h'>4</a><a href='#h2'>5</a><a href='#e'>6</a><table id=t><tr id=r><td>x<td>y</table><ul><li id=i>z</ul><h2 id=h><span id=h2>题</span></h2><p>末</p><a id=e></a>"},
	{"links to the page itself", "<base href='https://x.org/p'><a href='https://x.org/p#s'>一</a><a href='/q'>二</a><p id=s>三</p>"},

	// Lists.
	{"lists", "<ol start=3 type=i><li>a<li>b</ol><ol reversed><li>c<li>d</ol><ul><li>e<ol type=A><li>f</ol></ul><ol><li value=5>g<li value=9>h</ol>"},
	{"careless lists", "<ul>文<li>a</li><ul><li>b</li></ul><p>c</p><li></li></ul><li>d<li>e"},
	{"tasks", "<ul><li><input type=checkbox>一<li><p><input type=checkbox checked> 二</p></ul>"},
	{"definitions", "<dl><dt>一<dt>二<dd>三<dd><p>四</p><p>五</p><div><dt>六<dd>七</div><dd>八</dl><dl>文<dd>九</dl>"},

	// Quotations, code, tables and the rest.
	{"quote", "<blockquote cite='https://x.org/q'>文<p>段</p></blockquote><blockquote> </blockquote>"},
	{"code", "<pre><code class='hljs language-go'>if x {\n\ty()\n}\n</code></pre><pre class='brush: js;'>\n\n  a<br>b</pre><div class='highlight-source-rust'><pre>c</pre></div><pre>   </pre><xmp><b>d</b></xmp>"},
	{"numbered code", "<figure class='highlight js'><table><tr><td class=gutter><pre><span>1</span><br><span>2</span></pre></td><td class=code><pre><span>a</span><br><span>b</span></pre></td></tr></table></figure>"},
	{"table", "<table><caption>题</caption><thead><tr><th scope=col>a<th>b<tbody><tr><th scope=row>c<td rowspan=2 align=right>d<tr><td style='text-align:center'>e<tfoot><tr><td colspan=2>f</table>"},
	{"table with heading rows", "<table><tr><th>a<th>b<tr><td>1<td>2</table><table><tr><th>a<th>b</table>"},
	{"layout tables", "<table><tr><td><p>一</p><p>二</p></table><table role=presentation><tr><td>三<td>四</table><table><tr><td></table><table><tr><td>五<tr><td>六</table>"},
	{"cells", "<table><tr><td>a<br>b<ul><li>c</ul><td><img src=x.jpg><tr></tr><tr><td rowspan=0>d<td>e</table>"},
	{"rules", "一<hr>二<hr/>"},
	{"ruby", "<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>と<ruby><rb>東<rb>京<rt>とう<rt>きょう</ruby>と<ruby>食<rt>た</rt>べる</ruby>、<ruby>字</ruby>、<ruby>base <rt>r</rt> text<rt>s</rt></ruby></p>"},
	{"odd ruby", "<ruby><ruby>漢<rt>hàn</ruby><rt>かん</ruby><ruby>字<rtc>zì</rtc></ruby><ruby>二<rt>に<rtc>two</rtc></ruby>"},
	{"math", "<p>当<math><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt><mo>=</mo><msubsup><mi>a</mi><mn>1</mn><mn>2</mn></msubsup><semantics><mi>b</mi><annotation encoding='application/x-tex'>b</annotation></semantics></math>时</p><math display=block><mi onclick='x' mathvariant=normal>&lt;</mi><script>x</script></math><p>$$x^2$$ <script type='math/tex; mode=display'>\\frac ab</script></p>"},
	{"embeds", "<iframe src='//player.bilibili.com/x' title='视频'></iframe><video poster='p.jpg' controls><source src='https://v.org/a.mp4'>旧浏览器</video><audio src='a.mp3'></audio><object data='https://x.org/f.pdf'><p>下载</p></object><embed src='https://x.org/m.swf'><iframe width=1 height=1 src='https://count.org'></iframe><iframe src='about:blank'></iframe><object><param name=movie value='https://x.org/m.swf'><embed src='https://x.org/m.swf'></object>"},
	{"details", "<details><summary>问</summary><p>答</p></details>"},
	{"forms", "<form><label>名<input name=a></label><select><option>甲<option>乙</select><textarea>多\n行</textarea><button>发送</button></form>"},
	{"unseen", "<script>a</script><style>b</style><template>c</template><!-- d --><datalist><option>e</datalist><title>f</title>文"},
	{"hidden", "<p hidden>短</p><div style='display:none'>" + strings.Repeat("很长的正文", 50) + "</div><p style='visibility:hidden'>可见</p><canvas>画</canvas>"},
	{"unknown elements", "<my-card>甲<o:p>乙</o:p></my-card><marquee>丙</marquee><section role=doc>丁</section>"},
	{"languages", "<p lang=en_us>English <span lang=ja>日本</span></p><div lang=ko><p>한국</p><ul lang=en><li>x<li lang=fr>y</ul></div><p lang=zh-Hans>同</p><p lang='???'>无</p>"},

	// Notes.
	{"notes in a list", "<p>文<sup id=r1><a href='#n1'>1</a></sup>又<sup><a href='#n2'>[2]</a></sup>再<sup><a href='#n1'>1</a></sup>。</p><section class=footnotes><hr><h2>注释</h2><ol><li id=n1><p>一 <a href='#r1'>↩</a></p><li id=n2>二<a href='#r2' class='footnote-back'>返回</a></ol></section>"},
	{"notes as paragraphs", "<p>文<a href='#_ftn1' name='_ftnref1'>[1]</a>，[<a href='#_ftn2'>2</a>]。</p><hr><p><a href='#_ftnref1' name='_ftn1'>[1]</a> 甲</p><p id='_ftn2'>2. 乙</p>"},
	{"notes of EPUB", "<p>文<a epub:type=noteref href='#f'>注</a></p><aside epub:type=footnote id=f><p>内</p></aside><aside epub:type=footnote id=g>孤</aside>"},
	{"notes out of order, notes in notes", "<p>文<sup><a href='#b'>1</a></sup><sup><a href='#a'>2</a></sup></p><p id=a>1 甲</p><p id=b>1984 乙<sup><a href='#c'>3</a></sup></p><p id=c>[3]丙</p>"},
	{"no notes", "<p><a href='#s1'>1</a> <a href='#s2'>第二节</a><sup><a href='https://x.org'>2</a></sup><sup><a href='#up'>3</a></sup></p><h2 id=s1>一</h2><h2 id=s2>二</h2><p id=up>三</p><p>见<sup><a href='#up'>上</a></sup></p>"},
}

func TestTraits(t *testing.T) {
	var b strings.Builder
	for _, tt := range traits {
		doc, issues := sourcetest.One(t, html.Reader{Options: source.Options{Lang: "zh-Hans"}}, source.Input{Name: "p", Data: []byte(tt.page)})
		fmt.Fprintf(&b, "=== %s\n%s\n---\n", tt.name, long.ReplaceAllString(tt.page, "$1……"))
		for line := range strings.Lines(sourcetest.Outline(doc, issues)) {
			if line == "meta\n" || line == "  lang \"zh-Hans\"\n" || strings.Contains(line, "title.missing") {
				continue
			}
			b.WriteString(long.ReplaceAllString(line, "$1……"))
		}
		b.WriteByte('\n')
	}
	golden.Equal(t, "testdata/traits.golden", b.String())
}

// long: what the golden file says once.
var long = regexp.MustCompile(`((?:很长的一段文字|很长的正文|长{10})){2,}`)

func TestLocalPictures(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"posts/a/own.jpg", "posts/beside.jpg", "img/root.jpg", "source/img/blog.jpg", "posts/sp ace.jpg", "posts/a?b#c%20.jpg", "top.jpg"} {
		files[name] = &fstest.MapFile{}
	}
	page := func(head, src string) string { return "---\n" + head + "\n---\n<img src='" + src + "'>" }
	tests := []struct{ name, head, src, want string }{
		{"beside the article", "x: y", "beside.jpg", "beside.jpg"},
		{"with escapes", "x: y", "sp%20ace.jpg?v=1#f", "sp ace.jpg"},
		{"escapes of what means something", "x: y", "a%3Fb%23c%2520.jpg", "a%3Fb%23c%2520.jpg"},
		{"a drive", "x: y", `C:\x.jpg`, `C:\x.jpg`},
		{"no address", "x: y", "http://a b/x.jpg", "http://a b/x.jpg"},
		{"dots", "x: y", "./../top.jpg", "../top.jpg"},
		{"backslashes", "x: y", `..\top.jpg`, "../top.jpg"},
		{"folder of the post", "x: y", "own.jpg", "a/own.jpg"},
		{"from the root", "x: y", "/img/root.jpg", "../img/root.jpg"},
		{"from the root of the blog", "x: y", "/img/blog.jpg", "../source/img/blog.jpg"},
		{"missing", "x: y", "gone.jpg", "gone.jpg"},
		{"out of the tree", "x: y", "../../etc/passwd", "../../etc/passwd"},
		{"missing, but the page has an address", "source: https://x.org/p/a.html", "../gone.jpg", "https://x.org/gone.jpg"},
		{"there, and the page has an address", "source: https://x.org/p/a.html", "beside.jpg", "beside.jpg"},
		{"remote", "x: y", "https://x.org/a.jpg", "https://x.org/a.jpg"},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Path: "posts/a.html", Files: files, Data: []byte(page(tt.head, tt.src))})
		got := ""
		for img := range doc.Images() {
			got = img.Src
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// A page from the network names no files.
	doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "https://x.org/p/", Base: "https://x.org/p/", Files: files, Path: "posts/a.html", Data: []byte("<img src='beside.jpg'>")})
	for img := range doc.Images() {
		if img.Src != "https://x.org/p/beside.jpg" {
			t.Errorf("remote page: %q", img.Src)
		}
	}
}

func TestLead(t *testing.T) {
	tests := []struct{ name, lead, body, want string }{
		{"equal", "https://x.org/a.jpg", "<img src='https://x.org/a.jpg'>", ""},
		{"equal but for the query", "http://x.org/a.jpg?w=600", "<p>文</p><img src='https://x.org/a.jpg'>", ""},
		{"equal but for the size", "https://x.org/a-300x200.jpg", "<img src='https://x.org/a.jpg'>", ""},
		{"size in the path", "https://n.x.org/1/w550h140/b.png", "<img src='https://n.x.org/1/w1100h280/b.png'>", ""},
		{"another", "https://x.org/a.jpg", "<img src='https://x.org/b.jpg'>", "https://x.org/a.jpg"},
		{"the second picture", "https://x.org/a.jpg", "<img src='https://x.org/b.jpg'><img src='https://x.org/a.jpg'>", "https://x.org/a.jpg"},
		{"named by the query", "https://x.org/p?id=1", "<img src='https://x.org/p?id=2'>", "https://x.org/p?id=1"},
		{"no picture in the body", "https://x.org/a.jpg", "文", "https://x.org/a.jpg"},
		{"no address", "javascript:x/y", "文", ""},
	}
	for _, tt := range tests {
		doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte("---\nheadimg: '" + tt.lead + "'\n---\n" + tt.body)})
		got := ""
		if doc.Meta.Lead != nil {
			got = doc.Meta.Lead.Src
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// The lead is fetched as the pictures beside it are.
	doc, _ := sourcetest.One(t, html.Reader{}, source.Input{Name: "a.html", Data: []byte("---\nheadimg: https://x.org/a.jpg\n---\n<img src='https://x.org/b.jpg' referrerpolicy='no-referrer'>")})
	if doc.Meta.Lead == nil || doc.Meta.Lead.Referrer != "no-referrer" {
		t.Errorf("lead %+v", doc.Meta.Lead)
	}
}

func TestOptions(t *testing.T) {
	in := source.Input{Name: "a.html", Data: []byte("<p><b>题</b></p><p>文</p>")}
	doc, _ := sourcetest.One(t, html.Reader{Options: source.Options{KeepPseudoHeadings: true}}, in)
	if strings.Contains(doc.Dump(), "heading") {
		t.Errorf("promoted:\n%s", doc.Dump())
	}
	big := source.Input{Name: "big.html", Data: []byte(strings.Repeat("a", 101))}
	for _, err := range (html.Reader{Options: source.Options{MaxBytes: 100}}).Read(big, nil) {
		if err == nil || !strings.Contains(err.Error(), "big.html") {
			t.Errorf("error %v", err)
		}
	}
	nul := source.Input{Name: "nul.html", Data: []byte("<p>a\n\x00b")}
	for _, err := range (html.Reader{}).Read(nul, nil) {
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("error %v", err)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name, media, data string
		want              bool
	}{
		{"a.html", "", "", true}, {"a.HTM", "", "", true}, {"a.xhtml", "", "", true}, {"a.txt", "", "\n---\ntitle: a\n---\n", true},
		{"https://x.org/a", "text/html; charset=gbk", "", true}, {"https://x.org/a.html", "application/xml", "", false},
		{"a.md", "", "# a", false}, {"a.md", "", "<p>", false}, {"-", "", "\ufeff\n---\ntitle: a\n---", true}, {"-", "", "<p>a", true}, {"-", "", "plain", false},
		{"-", "", "{\"a\": 1}", false}, {"feed", "", "<?xml version='1.0'?><rss>", false}, {"a.epub", "", "PK", false},
	}
	for _, tt := range tests {
		if got := (html.Reader{}).Match(source.Input{Name: tt.name, Type: tt.media, Data: []byte(tt.data)}); got != tt.want {
			t.Errorf("%s %s %q: %v", tt.name, tt.media, tt.data, got)
		}
	}
}
