package svg

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

const head = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="60" viewBox="0 0 100 60">`

func parse(t testing.TB, s string) *Document {
	t.Helper()
	d, err := Parse([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d
}

// inner returns what is left of the inside of a drawing.
func inner(t testing.TB, s string) string {
	t.Helper()
	out := string(parse(t, head+s+"</svg>").Bytes())
	_, out, _ = strings.Cut(out, head)
	return strings.TrimSuffix(out, "</svg>\n")
}

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"shapes stay", `<g id="a"><path d="M0 0L1 1z" fill="red"/></g>`, `<g id="a"><path d="M0 0L1 1z" fill="red"/></g>`},
		{"scripts go", `<script>alert(1)</script><rect onclick="x()" onload="y" width="1" height="1"/>`, `<rect width="1" height="1"/>`},
		{"scripts with a prefix", `<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>`, ``},
		{"animations go", `<rect width="1"><animate attributeName="href" values="javascript:x"/><set/></rect>`, `<rect width="1"/>`},
		{"links lead nowhere", `<a xlink:href="javascript:alert(1)" href="http://example.com"><circle r="1"/></a>`, `<a><circle r="1"/></a>`},
		{"use of something outside", `<use href="other.svg#a"/><use xlink:href="data:image/svg+xml,x#a"/>`, `<use/><use/>`},
		{"use of something within", `<use href="#a"/><g id="a"/>`, `<use xlink:href="#a"/><g id="a"/>`},
		{"pictures from outside", `<image href="http://example.com/a.png"/><image href="file:///etc/passwd"/>`, ``},
		{"pictures in SVG", `<image href="data:image/svg+xml;base64,PHN2Zy8+"/>`, ``},
		{"pictures within", `<image href="data:image/png;base64,AAAA"/>`, `<image xlink:href="data:image/png;base64,AAAA"/>`},
		{"paint from outside", `<rect fill="url(http://example.com/#a) red" stroke="url(#gone) blue"/>`, `<rect stroke="blue"/>`},
		{"paint within", `<rect fill="url( '#p' )"/><pattern id="p"/>`, `<rect fill="url(#p)"/><pattern id="p"/>`},
		{"styles become attributes", `<style>rect{fill:red}.b{fill:blue!important}#c{stroke:url(#gone)}g &gt; rect{opacity:.5}</style><g><rect class="b" id="c" style="fill:green;behavior:url(x);-moz-binding:url(y)"/></g>`,
			`<g><rect id="c" fill="green" opacity=".5" stroke="none"/></g>`},
		{"style sheets from outside", `<style>@import "http://example.com/a.css"; @font-face{src:url(x)} rect{fill:url(http://x/)} @media print{rect{fill:red}} circle{fill:red}</style><rect/><circle/>`, `<rect/><circle fill="red"/>`},
		{"filters go", `<filter id="f"><feImage href="http://x/"/></filter><rect filter="url(#f)" style="filter:url(#f)" width="1"/>`, `<rect width="1"/>`},
		{"foreign markup is text", `<foreignObject width="40" height="20"><p xmlns="http://www.w3.org/1999/xhtml">甲 <b>乙</b><script>x</script></p></foreignObject>`,
			`<text text-anchor="middle" font-size="16" fill="currentColor"><tspan x="20" y="15.6">甲 乙</tspan></text>`},
		{"a switch shows one thing", `<switch><foreignObject requiredExtensions="x" width="2" height="2"><p>甲</p></foreignObject><text>乙</text></switch>`,
			`<g><text text-anchor="middle" font-size="16" fill="currentColor"><tspan x="1" y="6.6">甲</tspan></text></g>`},
		{"editors' own markup goes", `<metadata>x</metadata><i:x xmlns:i="http://inkscape">y</i:x><g i:label="x" xmlns:i="urn:i"/>`, `<g/>`},
		{"text stays", `<text x="1" xml:space="preserve">a &lt; b &amp; <tspan dy="2">c</tspan></text>`, `<text x="1" xml:space="preserve">a &lt; b &amp; <tspan dy="2">c</tspan></text>`},
		{"ids are good in XML", `<g id="1:图"/><use href="#1:图"/>`, `<g id="_31_3a_56fe"/><use xlink:href="#_31_3a_56fe"/>`},
		{"ids are there once", `<g id="a"/><g id="a"/>`, `<g id="a"/><g/>`},
		{"circles are cut", `<g id="a"><use href="#a"/></g>`, `<g id="a"><use/></g>`},
		{"longer circles", `<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>`, `<g id="a"><use xlink:href="#b"/></g><g id="b"><use/></g>`},
		{"variables fall back", `<rect style="fill:var(--x, light-dark(#123, #456))" stroke="var(--y)"/>`, `<rect fill="#123"/>`},
		{"the font shorthand", `<text style="font:italic bold 12px/1.2 'A B', serif">x</text>`, `<text font-style="italic" font-weight="bold" font-size="12px" font-family="'A B', serif">x</text>`},
	} {
		if got := inner(t, tt.in); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestLost(t *testing.T) {
	d := parse(t, head+`<filter/><filter/><image href="http://x/a.png"/><use href="#gone"/><hatch/></svg>`)
	if got := strings.Join(d.Lost, "; "); got != "a filter; a picture that is elsewhere; an element hatch; a part that is not there, within itself, or too much" {
		t.Error(got)
	}
}

func TestSize(t *testing.T) {
	for _, tt := range []struct {
		attrs string
		w, h  float64
	}{
		{`width="30" height="20"`, 30, 20},
		{`width="1in" height="2.54cm"`, 96, 96},
		{`viewBox="0 0 40 30"`, 40, 30},
		{`width="100%" height="100%" viewBox="0 0 40 30"`, 40, 30},
		{`width="80" viewBox="0 0 40 30"`, 80, 60},
		{`height="60pt" viewBox="0 0 40 30"`, 80 * 4.0 / 3, 80},
		{``, 300, 150},
		{`width="8000" height="4000"`, 4000, 2000},
		{`width="-1" height="0" viewBox="0 0 0 0"`, 300, 150},
		{`width="1e99" height="nan"`, 300, 150},
	} {
		d := parse(t, `<svg `+tt.attrs+`/>`)
		if max(d.Width-tt.w, tt.w-d.Width, d.Height-tt.h, tt.h-d.Height) > 0.01 {
			t.Errorf("%s: %v×%v, want %v×%v", tt.attrs, d.Width, d.Height, tt.w, tt.h)
		}
	}
}

func TestBombs(t *testing.T) {
	lol := `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`
	for _, tt := range []struct {
		name, in string
		limit    bool
	}{
		{"entities within entities", lol + head + `<text>&b;</text></svg>`, false},
		{"many entities", `<!DOCTYPE svg [` + strings.Repeat(`<!ENTITY a "x">`, 300) + `]>` + head + `</svg>`, true},
		{"long entities", `<!DOCTYPE svg [<!ENTITY a "` + strings.Repeat("x", 2000) + `">]>` + head + `</svg>`, true},
		{"entities from outside", `<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + head + `<text>&a;</text></svg>`, false},
		{"an entity often", `<!DOCTYPE svg [<!ENTITY a "` + strings.Repeat("x", 1000) + `">]>` + head + `<text>` + strings.Repeat("&a;", 20000) + `</text></svg>`, true},
		{"depth", strings.Repeat("<g>", 200), true},
		{"depth of foreign markup", `<foreignObject>` + strings.Repeat("<div>", 300), true},
		{"elements", strings.Repeat("<g/>", 100_001), true},
		{"cut", `<g>`, false},
		{"no XML", `<g><path></g>`, false},
	} {
		in := tt.in
		if !strings.Contains(in, "<svg") {
			in = head + in
			if tt.name != "cut" && tt.name != "no XML" && strings.HasSuffix(tt.in, "/>") {
				in += "</svg>"
			}
		}
		_, err := Parse([]byte(in))
		if err == nil || errors.Is(err, ErrLimit) != tt.limit {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := Parse(make([]byte, MaxBytes+1)); !errors.Is(err, ErrLimit) {
		t.Errorf("a large file: %v", err)
	}
}

// TestUseBomb has a part that uses another ten times, and so on.
func TestUseBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + `<g id="g0"><rect width="1" height="1"/></g>`)
	for i := 1; i <= 12; i++ {
		fmt.Fprintf(&b, `<g id="g%d">%s</g>`, i, strings.Repeat(fmt.Sprintf(`<use href="#g%d"/>`, i-1), 10))
	}
	b.WriteString(`<use href="#g12"/></svg>`)
	d := parse(t, b.String())
	if len(d.Lost) != 1 {
		t.Errorf("%v", d.Lost)
	}
	d.Draw(100, 60, Options{})
	uses := strings.Count(string(d.Bytes()), "xlink:href")
	if uses > 70 { // of 121
		t.Errorf("%d uses are left", uses)
	}
}

// TestPatternBomb nests what is drawn apart: patterns, masks, clips and markers.
func TestPatternBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i := range 30 {
		fmt.Fprintf(&b, `<pattern id="p%d" width="50" height="50" patternUnits="userSpaceOnUse"><rect width="99" height="99" fill="url(#p%d)"/><rect width="99" height="99" fill="url(#p%d)"/></pattern>`, i, i+1, i+1)
		fmt.Fprintf(&b, `<mask id="m%d"><g mask="url(#m%d)"><rect width="9" height="9" mask="url(#m%d)"/></g></mask>`, i, i+1, i+1)
		fmt.Fprintf(&b, `<clipPath id="c%d" clip-path="url(#c%d)"><rect width="9" height="9" clip-path="url(#c%d)"/></clipPath>`, i, i+1, i+1)
		fmt.Fprintf(&b, `<marker id="k%d"><path d="M0 0L1 1L2 2" marker-start="url(#k%d)" marker-end="url(#k%d)"/></marker>`, i, i+1, i+1)
	}
	b.WriteString(`<rect width="99" height="99" fill="url(#p0)" mask="url(#m0)" clip-path="url(#c0)"/><path d="M0 0L1 1L2 2" marker-mid="url(#k0)"/></svg>`)
	parse(t, b.String()).Draw(100, 60, Options{})
}

// square is a font: every character is a square of half an em.
type square struct{}

func (square) Set(text string, f Font) (out []Letter) {
	pt := func(x, y float64) Segment { return Segment{Points: [3][2]float64{{x, y}}, N: 1} }
	for i := range text {
		s := []Segment{pt(0, 0), pt(0.5, 0), pt(0.5, 0.5), pt(0, 0.5)}
		s[0].Move = true
		out = append(out, Letter{Outline: s, Advance: 1, Text: i})
	}
	return out
}

func TestDraw(t *testing.T) {
	red, green, blue, white, none := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 128, 0, 255}, color.RGBA{0, 0, 255, 255}, color.RGBA{255, 255, 255, 255}, color.RGBA{}
	black := color.RGBA{0, 0, 0, 255}
	type seen map[image.Point]color.RGBA
	var dot bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, 2, 1))
	m.Set(0, 0, red)
	m.Set(1, 0, blue)
	png.Encode(&dot, m)
	picture := func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }
	for _, tt := range []struct {
		name, in string
		want     seen
	}{
		{"a rectangle", `<rect x="10" y="10" width="20" height="20" fill="red"/>`, seen{{15, 15}: red, {9, 15}: none, {31, 15}: none}},
		{"a stroke", `<rect x="10" y="10" width="40" height="40" fill="none" stroke="blue" stroke-width="4"/>`, seen{{9, 30}: blue, {11, 30}: blue, {13, 30}: none, {8, 8}: blue, {30, 30}: none}},
		{"a round joint", `<path d="M10 10H50V50" fill="none" stroke="blue" stroke-width="10" stroke-linejoin="round"/>`, seen{{54, 6}: none, {52, 8}: blue}},
		{"a miter", `<path d="M10 10H50V50" fill="none" stroke="blue" stroke-width="10"/>`, seen{{54, 6}: blue}},
		{"a bevel", `<path d="M10 10H50V50" fill="none" stroke="blue" stroke-width="10" stroke-linejoin="bevel"/>`, seen{{54, 6}: none}},
		{"square ends", `<path d="M20 20H40" stroke="red" stroke-width="8" stroke-linecap="square"/>`, seen{{17, 20}: red, {42, 20}: red, {46, 20}: none}},
		{"round ends", `<path d="M20 20H40" stroke="red" stroke-width="8" stroke-linecap="round"/>`, seen{{17, 20}: red, {16, 16}: none}},
		{"a dot", `<path d="M20 20h0" stroke="red" stroke-width="8" stroke-linecap="round"/>`, seen{{20, 20}: red}},
		{"dashes", `<path d="M0 20H100" stroke="red" stroke-width="4" stroke-dasharray="10" stroke-dashoffset="5"/>`, seen{{2, 20}: red, {10, 20}: none, {20, 20}: red}},
		{"fill rules", `<path d="M0 0H40V40H0zM10 10H30V30H10z" fill-rule="evenodd"/><path d="M50 0H90V40H50zM60 10H80V30H60z"/>`, seen{{5, 20}: black, {20, 20}: none, {70, 20}: black}},
		{"relative commands", `<path d="m10,10 20,0 0,20 -20,0z m40 0h20v20h-20z"/>`, seen{{20, 20}: black, {60, 20}: black, {40, 20}: none}},
		{"numbers that run together", `<path d="M.5.5L20.5.5.5 20.5-5-5"/>`, seen{{5, 5}: black}},
		{"arcs with flags that run together", `<path d="M10 30a20 20 0 1140 0z"/>`, seen{{30, 15}: black, {30, 45}: none}},
		{"a circle and an ellipse", `<circle cx="20" cy="20" r="10"/><ellipse cx="60" cy="20" rx="20" ry="5"/>`, seen{{20, 12}: black, {11, 11}: none, {42, 20}: black, {60, 27}: none}},
		{"round corners", `<rect width="40" height="40" rx="20"/>`, seen{{2, 2}: none, {20, 2}: black}},
		{"lines and polygons", `<polygon points="0,0 40,0 0,40"/><polyline points="50 0 90 0 50 40" fill="red"/><line x1="0" y1="50" x2="90" y2="50" stroke="blue" stroke-width="4"/>`, seen{{5, 5}: black, {55, 5}: red, {45, 50}: blue}},
		{"transforms", `<g transform="translate(50 30) scale(2) rotate(90)"><rect width="10" height="5"/></g>`, seen{{45, 40}: black, {55, 40}: none}},
		{"skew", `<rect width="10" height="40" transform="skewX(45)"/>`, seen{{35, 30}: black, {5, 30}: none}},
		{"opacity of a group", `<rect width="50" height="50" fill="white"/><g opacity=".5"><rect width="30" height="30" fill="red"/><rect width="30" height="30" fill="red"/></g>`, seen{{10, 10}: {255, 127, 127, 255}, {40, 40}: white}},
		{"opacity of a fill", `<rect width="30" height="30" fill="red" fill-opacity="50%"/>`, seen{{10, 10}: {128, 0, 0, 128}}},
		{"a linear gradient", `<linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient><rect width="100" height="50" fill="url(#g)"/>`, seen{{1, 5}: {252, 0, 3, 255}, {50, 5}: {127, 0, 128, 255}, {98, 5}: {3, 0, 252, 255}}},
		{"a gradient of another", `<linearGradient id="a"><stop stop-color="red"/><stop offset=".5" stop-color="red"/><stop offset=".5" stop-color="blue"/></linearGradient><linearGradient id="b" href="#a" x1="0" x2="0" y2="1"/><rect width="50" height="50" fill="url(#b)"/>`, seen{{20, 10}: red, {20, 40}: blue}},
		{"a radial gradient", `<radialGradient id="g"><stop offset=".5" stop-color="red"/><stop offset=".5" stop-color="blue"/></radialGradient><rect width="60" height="60" fill="url(#g)"/>`, seen{{30, 30}: red, {30, 10}: blue, {30, 22}: red}},
		{"repeated", `<linearGradient id="g" x2=".25" spreadMethod="repeat"><stop offset=".5" stop-color="red"/><stop offset=".5" stop-color="blue"/></linearGradient><rect width="80" height="20" fill="url(#g)"/>`, seen{{5, 5}: red, {15, 5}: blue, {25, 5}: red, {35, 5}: blue}},
		{"a pattern", `<pattern id="p" width="20" height="20" patternUnits="userSpaceOnUse"><rect width="10" height="20" fill="red"/></pattern><rect width="100" height="50" fill="url(#p)"/>`, seen{{5, 5}: red, {15, 5}: none, {25, 25}: red}},
		{"a clip", `<clipPath id="c"><circle cx="20" cy="20" r="10"/></clipPath><rect width="60" height="60" clip-path="url(#c)"/>`, seen{{20, 20}: black, {5, 5}: none}},
		{"a clip by a box", `<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width=".5" height="1"/></clipPath><rect x="20" width="40" height="40" clip-path="url(#c)"/>`, seen{{30, 20}: black, {50, 20}: none}},
		{"a mask", `<mask id="m"><rect width="20" height="60" fill="white"/><rect x="20" width="20" height="60" fill="black"/></mask><rect width="60" height="60" fill="red" mask="url(#m)"/>`, seen{{10, 10}: red, {30, 10}: none, {50, 10}: none}},
		{"a symbol", `<symbol id="s" viewBox="0 0 10 10"><rect width="10" height="5" fill="red"/></symbol><use href="#s" x="20" y="10" width="40" height="40"/>`, seen{{25, 15}: red, {25, 35}: none, {15, 15}: none}},
		{"use inherits", `<defs><rect id="r" width="10" height="10"/></defs><use href="#r" x="20" fill="green"/>`, seen{{25, 5}: green}},
		{"a drawing within", `<svg x="20" y="10" width="20" height="40" viewBox="0 0 1 1"><rect x="-9" width="20" height="1" fill="red"/></svg>`, seen{{25, 30}: red, {25, 15}: none, {45, 30}: none}},
		{"markers", `<marker id="k" markerWidth="10" markerHeight="10" refX="5" refY="5" markerUnits="userSpaceOnUse"><rect width="10" height="10" fill="red"/></marker><path d="M20 30H50L80 30" fill="none" marker-start="url(#k)" marker-mid="url(#k)" marker-end="url(#k)"/>`, seen{{17, 30}: red, {50, 27}: red, {83, 33}: red, {35, 30}: none}},
		{"a marker that turns", `<marker id="k" markerWidth="10" markerHeight="4" refY="2" orient="auto" markerUnits="userSpaceOnUse"><rect width="10" height="4" fill="red"/></marker><path d="M50 10V30" marker-end="url(#k)"/>`, seen{{50, 35}: red, {55, 30}: none}},
		{"hidden", `<rect width="20" height="20" display="none"/><g visibility="hidden"><rect x="20" width="20" height="20"/><rect x="40" width="20" height="20" visibility="visible"/></g>`, seen{{10, 10}: none, {30, 10}: none, {50, 10}: black}},
		{"colours", `<g color="blue"><rect width="10" height="9" fill="currentColor"/></g><rect x="10" width="10" height="9" fill="#f00"/><rect x="20" width="10" height="9" fill="rgb(0 128 0)"/><rect x="30" width="10" height="9" fill="hsl(240,100%,50%)"/><rect x="40" width="10" height="9" fill="rgba(255,0,0,50%)"/><rect x="50" width="10" height="9" fill="WHITE"/>`,
			seen{{5, 5}: blue, {15, 5}: red, {25, 5}: green, {35, 5}: blue, {45, 5}: {128, 0, 0, 128}, {55, 5}: white}},
		{"text", `<text x="20" y="40" font-size="20">ab</text>`, seen{{25, 35}: black, {35, 35}: none, {45, 35}: black, {25, 25}: none}},
		{"text in the middle", `<text x="50" y="40" font-size="20" text-anchor="middle">ab</text>`, seen{{35, 35}: black, {55, 35}: black, {75, 35}: none}},
		{"text at the end", `<text x="90" y="40" font-size="20" text-anchor="end" fill="red">a<tspan fill="blue">b</tspan></text>`, seen{{55, 35}: red, {75, 35}: blue}},
		{"letters one by one", `<text x="10 60" y="20 40" font-size="20">ab</text>`, seen{{15, 15}: black, {65, 35}: black, {35, 15}: none}},
		{"spaces", "<text x='10' y='40' font-size='20'>\n  a\n  <tspan fill='red'> b</tspan>\n</text>", seen{{15, 35}: black, {35, 35}: black, {55, 35}: red, {75, 35}: none}},
		{"text along a line", `<path id="p" d="M50 0V60" fill="none"/><text font-size="20"><textPath href="#p">a</textPath></text>`, seen{{55, 5}: black, {55, 15}: none}},
		{"text as a clip", `<clipPath id="c"><text x="20" y="40" font-size="20">a</text></clipPath><rect width="99" height="60" fill="red" clip-path="url(#c)"/>`, seen{{25, 35}: red, {35, 35}: none}},
		{"a picture", `<image x="10" y="10" width="40" height="20" href="data:image/png;base64,` + base64.StdEncoding.EncodeToString(dot.Bytes()) + `"/>`, seen{{15, 15}: red, {45, 15}: blue, {5, 5}: none}},
		{"a picture that is damaged", `<image width="40" height="20" href="data:image/png;base64,AAAA"/><rect width="5" height="5"/>`, seen{{2, 2}: black, {15, 15}: none}},
		{"what makes no sense ends there", `<path d="M0 0H20V20H0z M50 0 H70 V20 x"/><rect width="9" height="9" transform="bogus(" fill="red"/>`, seen{{15, 15}: black, {66, 4}: black, {5, 5}: red}},
	} {
		d := parse(t, head+tt.in+"</svg>")
		img := d.Draw(100, 60, Options{Letters: square{}, Picture: picture})
		for at, want := range tt.want {
			if got := img.RGBAAt(at.X, at.Y); !near(got, want) {
				t.Errorf("%s at %v: %v, want %v", tt.name, at, got, want)
			}
		}
		// What is written draws the same.
		again := parse(t, string(d.Bytes())).Draw(100, 60, Options{Letters: square{}, Picture: picture})
		if !bytes.Equal(img.Pix, again.Pix) {
			t.Errorf("%s: written and read again it is another", tt.name)
		}
	}
}

func near(a, b color.RGBA) bool {
	for _, d := range [4]int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
		if max(d, -d) > 2 {
			return false
		}
	}
	return true
}

// FuzzParse checks that what is written is harmless, and stays as it is.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		head + `<style>.a>b{fill:url(#x)}</style><g class="a" onclick="x"><use xlink:href="#x"/><path d="M0 0a1 1 0 011 1z" style="stroke:red;marker:url(#x)"/></g></svg>`,
		head + `<text x="1 2" dy="3">a<tspan>b</tspan><textPath href="#p">c</textPath></text><image href="data:image/png;base64,AAAA"/></svg>`,
		head + `<foreignObject><p>x</p></foreignObject><switch><g/><g/></switch><mask id="m"><rect mask="url(#m)"/></mask></svg>`,
		`<!DOCTYPE svg [<!ENTITY a "b">]><svg width="&a;"><linearGradient id="g" href="#g"/><rect fill="url(#g) red" stroke="var(--a, b)"/></svg>`,
		head + `<pattern id="p" width="3" height="3"><circle r="9" fill="url(#p)"/></pattern><rect width="9" height="9" fill="url(#p)" stroke-dasharray="0 1" stroke="red"/></svg>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		out := d.Bytes()
		low := strings.ToLower(string(out))
		for _, bad := range []string{"<script", "<foreignobject", "<animate", "<set", "<style", `href="http`, `href="java`, `href="file`, "url(h", "<!entity", " on"} {
			if i := strings.Index(low, bad); i >= 0 && !(bad == " on" && !strings.Contains(low, ` onload="`)) {
				t.Fatalf("%s in %s", bad, out)
			}
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if twice := again.Bytes(); !bytes.Equal(out, twice) {
			t.Fatalf("%s\nbecomes\n%s", out, twice)
		}
		d.Draw(40, 30, Options{Letters: square{}})
	})
}
