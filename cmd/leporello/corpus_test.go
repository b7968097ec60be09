package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// writeCorpus writes n articles of the commonest shape into a folder, about
// 2,000 characters with 8 pictures each, and returns the folder. Equal numbers
// give equal files. The pictures are on a server of the loopback.
func writeCorpus(tb testing.TB, n int) string {
	tb.Helper()
	dir := tb.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "img"), 0o755); err != nil {
		tb.Fatal(err)
	}
	pool := corpusPictures(tb)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	tb.Cleanup(server.Close)
	for i := range n {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		var b strings.Builder
		date := time.Date(2021, 8, 5, 13, 46, 35, 0, time.UTC).Add(-time.Duration(i) * 29 * time.Minute)
		channel := []string{"数码", "航天", "出行", "能源", "影音"}[r.IntN(5)]
		fmt.Fprintf(&b, "\n---\ntitle: '%s'\ncategories: \n - 新媒体\n - %s\n - 最新\nauthor: %s\ndate: %s\n---\n\n<div>   \n%s<br>\n",
			corpusText(r, 20), channel, channel, date.Format("Mon, 02 Jan 2006 15:04:05 GMT"), corpusText(r, 120))
		for k := range 8 {
			// No two files are equal: what follows the end of a picture is ignored.
			p := pool[r.IntN(len(pool))]
			name := fmt.Sprintf("img/%05d-%d%s", i, k, p.ext)
			if err := os.WriteFile(filepath.Join(dir, name), append(p.data[:len(p.data):len(p.data)], name...), 0o644); err != nil {
				tb.Fatal(err)
			}
			if k%3 == 2 {
				fmt.Fprintf(&b, "<p><strong>%s</strong></p>", corpusText(r, 8))
			}
			fmt.Fprintf(&b, "<p>%s</p><p>%s</p><p><img id=\"%d\" src=\"%s/%s\" referrerpolicy=\"no-referrer\"></p>", corpusText(r, 110), corpusText(r, 120), k, server.URL, name)
		}
		fmt.Fprintf(&b, "<p>%s</p>\n</div>\n", corpusText(r, 60))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.txt", i)), []byte(b.String()), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

var corpusWords = strings.Fields(`我们 他们 这个 那些 今天 昨天 去年 将来 公司 城市 道路 河流 火箭 卫星 电池 屏幕 相机 列车 工厂 学校
	研究 发布 测试 改进 下降 上升 增长 讨论 认为 希望 打算 已经 正在 可能 应该 因为 所以 但是 而且 如果
	新的 旧的 明亮 安静 迅速 缓慢 重要 普通 许多 少数 大约 至少 的 了 在 和 与 对 把 被 从 到 也 都 就 还 再`)

// corpusText makes about n characters of text: frequent words, and a tail of
// rarer characters, as news has it.
func corpusText(r *rand.Rand, n int) string {
	var b strings.Builder
	for c, since := 0, 0; c < n; {
		switch k := r.IntN(40); {
		case k < 26:
			w := corpusWords[r.IntN(len(corpusWords))]
			b.WriteString(w)
			c += len(w) / 3
		case k < 37:
			// Rare ones are rarer: the cube of an even draw.
			f := r.Float64()
			b.WriteRune(corpusHanzi()[int(f*f*f*float64(len(corpusHanzi())))])
			c++
		case k < 38:
			fmt.Fprintf(&b, "%d年", 1990+r.IntN(40))
			c += 3
		default:
			b.WriteString([]string{"AI", "5G", "Wi-Fi", "GPS", "USB-C"}[r.IntN(5)])
			c++
		}
		if since++; since > 6+r.IntN(9) && c < n {
			b.WriteString([]string{"，", "，", "，", "。", "。", "；", "、", "？"}[r.IntN(8)])
			since = 0
		}
	}
	return b.String() + "。"
}

// corpusHanzi are the 3,755 characters of everyday Chinese, level 1 of GB 2312, in
// an order of no meaning: the first are the frequent ones.
var corpusHanzi = sync.OnceValue(func() []rune {
	var gb []byte
	for row := byte(0xb0); row <= 0xd7; row++ {
		for cell := byte(0xa1); cell <= 0xfe; cell++ {
			if row < 0xd7 || cell <= 0xf9 { // the last row is not full
				gb = append(gb, row, cell)
			}
		}
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(gb)
	if err != nil {
		panic(err)
	}
	hanzi := []rune(string(text))
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(hanzi), func(i, j int) { hanzi[i], hanzi[j] = hanzi[j], hanzi[i] })
	return hanzi
})

type corpusPicture struct {
	ext  string
	data []byte
}

// corpusPictures are 24 pictures: photographs, screenshots with flat areas, a few
// with transparent parts, of the sizes that news sites have.
func corpusPictures(tb testing.TB) []corpusPicture {
	tb.Helper()
	sizes := [][2]int{{550, 140}, {550, 330}, {550, 571}, {550, 1190}, {800, 533}, {1080, 1440}, {1280, 720}, {1600, 900}}
	var pool []corpusPicture
	for i := range 24 {
		w, h := sizes[i%len(sizes)][0], sizes[i%len(sizes)][1]
		r := rand.New(rand.NewPCG(11, uint64(i)))
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		kind := i % 12
		alpha := kind == 11
		for y := range h {
			for x := range w {
				c := color.NRGBA{A: 255}
				if kind < 9 { // a photograph: gradients, edges, grain
					c.R = uint8(90 + x*120/w + r.IntN(24))
					c.G = uint8(60 + y*150/h + r.IntN(24))
					c.B = uint8(40 + (x/17+y/23)%3*50 + r.IntN(24))
				} else { // a screenshot: flat areas and lines of "text"
					c.R, c.G, c.B = 245, 245, 250
					if y%22 < 9 && (x*7+y/22*131)%19 < 8 && x > 30 && x < w-30 {
						c.R, c.G, c.B = 40, 40, 48
					}
					if alpha && (x-w/2)*(x-w/2)+(y-h/2)*(y-h/2) > h*h/3 {
						c.A = 0
					}
				}
				img.SetNRGBA(x, y, c)
			}
		}
		var b bytes.Buffer
		p := corpusPicture{ext: ".jpg"}
		var err error
		if kind < 9 {
			err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 80})
		} else {
			p.ext = ".png"
			err = png.Encode(&b, img)
		}
		if err != nil {
			tb.Fatal(err)
		}
		p.data = b.Bytes()
		pool = append(pool, p)
	}
	return pool
}
