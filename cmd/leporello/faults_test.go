//go:build linux

package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/leporello-press/leporello/internal/pdftest"
	"github.com/leporello-press/leporello/press"
)

// The faults and hostile inputs of this file meet the command as a process of its
// own; servers stand on addresses of the loopback.

// workbench is a place where the command is run: a folder, a cache, an environment.
type workbench struct {
	*testing.T
	dir string
	env []string
}

func newWorkbench(t *testing.T) *workbench {
	t.Helper()
	dir := t.TempDir()
	return &workbench{T: t, dir: dir, env: []string{"HOME=" + dir, "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"), "FAULT_HURRY=1"}}
}

func (w *workbench) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workbench) write(name, text string) string {
	w.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o644); err != nil {
		w.Fatal(err)
	}
	return w.path(name)
}

func (w *workbench) read(name string) string {
	w.Helper()
	b, err := os.ReadFile(w.path(name))
	if err != nil {
		w.Fatal(err)
	}
	return string(b)
}

// command returns the command as it would be run in the folder.
func (w *workbench) command(args ...string) *exec.Cmd {
	cmd := command(args...)
	cmd.Dir = w.dir
	cmd.Env = append(cmd.Env, w.env...)
	return cmd
}

// run runs the command and returns its exit code, -1 after a signal.
func (w *workbench) run(args ...string) (code int, stderr string) {
	w.Helper()
	cmd := w.command(args...)
	var b bytes.Buffer
	cmd.Stderr = &b
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), b.String()
}

// build makes book.epub with a report, which it returns.
func (w *workbench) build(args ...string) (code int, stderr string, rep press.Report) {
	w.Helper()
	os.Remove(w.path("r.json"))
	code, stderr = w.run(append([]string{"build", "-o", "book.epub", "--report", "r.json"}, args...)...)
	if err := json.Unmarshal([]byte(w.read("r.json")), &rep); err != nil {
		w.Fatal(err)
	}
	return code, stderr, rep
}

// codes are the fates of the pictures of a report, by the last part of their address.
func codes(rep press.Report) map[string]string {
	m := map[string]string{}
	for _, p := range rep.Pictures {
		name := p.URL[strings.LastIndexByte(p.URL, '/')+1:]
		if m[name] = string(p.Fate); p.Code != "" {
			m[name] = p.Code
		}
	}
	return m
}

// host is a server at an address of the loopback.
type host struct {
	*httptest.Server
	accepted atomic.Int64
	mu       sync.Mutex
	asked    map[string]int
}

func serveAt(t *testing.T, ip string, h http.HandlerFunc) *host {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, "0"))
	if err != nil {
		t.Skipf("this machine has no %s: %v", ip, err)
	}
	s := &host{asked: map[string]int{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		s.mu.Unlock()
		h(w, r)
	}))
	s.Listener.Close()
	s.Listener = counted{l, &s.accepted}
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

type counted struct {
	net.Listener
	n *atomic.Int64
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

func (s *host) port() string { return s.URL[strings.LastIndexByte(s.URL, ':')+1:] }

func (s *host) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

func (s *host) all() (paths []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.asked {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// picture is a PNG of its own for each name.
func picture(name string) []byte {
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = name[i%len(name)] + byte(i)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func sendPicture(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "image/png")
	w.Write(picture(name))
}

func figures(addresses ...string) string {
	var b strings.Builder
	b.WriteString("<title>Pictures</title><p>Text.</p>\n")
	for _, a := range addresses {
		fmt.Fprintf(&b, "<p><img src=\"%s\" alt=\"x\"></p>\n", a)
	}
	return b.String()
}

// Articles and inputs cannot lead to private addresses, however
// they are written; the book is made, and nobody connects.
func TestFaultPrivateAddresses(t *testing.T) {
	w := newWorkbench(t)
	private := serveAt(t, "127.0.0.1", func(rw http.ResponseWriter, r *http.Request) { sendPicture(rw, "x") })
	var addresses []string
	for i, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::]", "0.0.0.0",
		"10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "[fd00:ec2::254]", "[fe80::1]",
	} {
		scheme := []string{"http", "HTTP", "hTTps"}[i%3]
		addresses = append(addresses, fmt.Sprintf("%s://%s:%s/%d.png", scheme, host, private.port(), i))
	}
	refused := len(addresses)
	// No name server knows these; where one did, the guard would see what it says.
	for i, host := range []string{"0x7f000001", "2130706433", "127.1", "0"} {
		addresses = append(addresses, fmt.Sprintf("http://%s:%s/odd%d.png", host, private.port(), i))
	}
	w.write("a.html", figures(addresses...))
	code, stderr, rep := w.build("a.html")
	if code != exitOK || rep.Images.Failed != len(addresses) || rep.Outputs == nil {
		t.Errorf("exit code %d, %+v\n%s", code, rep.Images, stderr)
	}
	for name, c := range codes(rep) {
		if odd := strings.HasPrefix(name, "odd"); !odd && c != "ssrf_blocked" || odd && c == "embedded" {
			t.Errorf("%s: %s", name, c)
		}
	}
	if !strings.Contains(stderr, "--allow-network 198.18.0.0/15") {
		t.Errorf("no switch is named:\n%s", stderr)
	}
	// As inputs they are the only article, and there is no book.
	for _, address := range []string{private.URL, "HTTP://localhost:" + private.port()} {
		if code, stderr := w.run("build", address, "-o", "none.epub"); code != exitOK && code != exitNoBook || !strings.Contains(stderr, "blocked") {
			t.Errorf("%s: exit code %d\n%s", address, code, stderr)
		}
	}
	if n := private.accepted.Load(); n != 0 {
		t.Errorf("%d connections, of %d addresses that are refused", n, refused)
	}
	if code, _, _ := w.build("a.html", "--fail-on", "missing-images>10%"); code != exitThreshold {
		t.Errorf("--fail-on: exit code %d", code)
	}
}

// Redirects are looked at as the first address is.
func TestFaultRedirects(t *testing.T) {
	w := newWorkbench(t)
	private := serveAt(t, "127.0.0.3", func(rw http.ResponseWriter, r *http.Request) { sendPicture(rw, "x") })
	public := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		to := map[string]string{
			"/private": private.URL + "/a.png", "/name": "http://localhost:" + private.port() + "/", "/loop": "/loop", "/file": "file:///etc/passwd",
			"/ftp": "ftp://127.0.0.2/a.png", "/gopher": "gopher://127.0.0.2/", "/data": "data:image/png;base64,AAAA", "/metadata": "http://169.254.169.254/latest",
		}[r.URL.Path]
		rw.Header().Set("Location", to)
		rw.WriteHeader(http.StatusFound)
	})
	want := map[string]string{
		"private": "ssrf_blocked", "name": "ssrf_blocked", "metadata": "ssrf_blocked", "loop": "too_many_redirects",
		"file": "unsupported_scheme", "ftp": "unsupported_scheme", "gopher": "unsupported_scheme", "data": "unsupported_scheme",
	}
	var addresses []string
	for name := range want {
		addresses = append(addresses, public.URL+"/"+name)
	}
	w.write("a.html", figures(addresses...))
	code, stderr, rep := w.build("a.html", "--allow-network", "127.0.0.2")
	for name, c := range codes(rep) {
		if c != want[name] {
			t.Errorf("%s: %s, want %s", name, c, want[name])
		}
	}
	if code != exitOK || len(codes(rep)) != len(want) || private.accepted.Load() != 0 || public.count("/loop") != 11 {
		t.Errorf("exit code %d, %d connections, %d of the loop\n%s", code, private.accepted.Load(), public.count("/loop"), stderr)
	}
}

// Credentials go to their origin alone, and never on in the clear.
func TestFaultCredentials(t *testing.T) {
	w := newWorkbench(t)
	var mu sync.Mutex
	told := map[string]string{}
	tell := func(name string, h http.HandlerFunc) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			told[name+r.URL.Path] = r.Header.Get("Cookie") + " " + r.Header.Get("Authorization")
			mu.Unlock()
			h(rw, r)
		}
	}
	page := func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "<html><title>P</title><article><p>A page that has a few words to be read.</p></article></html>")
	}
	plain := serveAt(t, "127.0.0.1", tell("plain", page))
	other := serveAt(t, "127.0.0.2", tell("other", page))
	secure := httptest.NewTLSServer(tell("secure", func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/plain":
			http.Redirect(rw, r, plain.URL+"/end", http.StatusFound)
		case "/other":
			http.Redirect(rw, r, other.URL+"/end", http.StatusFound)
		default:
			page(rw, r)
		}
	}))
	defer secure.Close()
	w.env = append(w.env, "SSL_CERT_FILE="+w.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))))
	w.write("cookies.txt", "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tcanary\n")
	for _, path := range []string{"/page", "/plain", "/other"} {
		code, stderr, rep := w.build(secure.URL+path, "--allow-network", "127.0.0.0/8", "--cookies", "cookies.txt", "--header", secure.URL+" Authorization: canary", "--images", "none")
		if code != exitOK || rep.Articles.Used != 1 || rep.Articles.Failed != 0 {
			t.Errorf("%s: exit code %d\n%s", path, code, stderr)
		}
		if all := stderr + w.read("r.json") + w.read("book.epub"); strings.Contains(all, "canary") {
			t.Errorf("%s: told to everyone", path)
		}
	}
	for at, want := range map[string]string{
		"secure/page": "session=canary canary", "secure/plain": "session=canary canary", "secure/other": "session=canary canary", "plain/end": " ", "other/end": " ",
	} {
		if told[at] != want {
			t.Errorf("%s was told %q, want %q", at, told[at], want)
		}
	}
}

// The environment's proxies are nobody's business.
func TestFaultProxyOfTheEnvironment(t *testing.T) {
	w := newWorkbench(t)
	proxy := serveAt(t, "127.0.0.4", func(rw http.ResponseWriter, r *http.Request) { sendPicture(rw, "proxy") })
	direct := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) { sendPicture(rw, "direct") })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"} {
		w.env = append(w.env, name+"="+proxy.URL)
	}
	w.write("a.html", figures(direct.URL+"/1.png"))
	code, stderr, _ := w.build("a.html", "--allow-network", "127.0.0.2")
	if code != exitOK || proxy.accepted.Load() != 0 || direct.count("/1.png") != 1 {
		t.Errorf("exit code %d, %d connections to the proxy\n%s", code, proxy.accepted.Load(), stderr)
	}
	// Who names a proxy is heard, and warned.
	w.write("a.html", figures("http://pictures.example/2.png"))
	code, stderr, rep := w.build("a.html", "--proxy", "http://me:canary@"+strings.TrimPrefix(proxy.URL, "http://"))
	if code != exitOK || proxy.accepted.Load() == 0 || rep.Images.Embedded != 1 || !strings.Contains(stderr, "warning: pictures and pages come through a proxy") {
		t.Errorf("exit code %d, %+v\n%s", code, rep.Images, stderr)
	}
	if strings.Contains(stderr+w.read("r.json"), "canary") {
		t.Errorf("the password is told:\n%s", stderr)
	}
}

// A page of the web names no file, and nothing but its pictures is
// asked for.
func TestFaultPagesNameNoFiles(t *testing.T) {
	w := newWorkbench(t)
	secret := w.write("secret.txt", "canary")
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			sendPicture(rw, "x")
			return
		}
		io.WriteString(rw, `<!DOCTYPE html><html><head><title>Page</title>
<link rel="stylesheet" href="/style.css"><link rel="attachment" href="/attachment"><link rel="preload" as="image" href="/preload.png"><link rel="icon" href="/icon.png">
<script src="/script.js"></script><style>@import url(/import.css); @font-face { font-family: x; src: url(/font.woff) } p { background: url(/background.png) }</style>
<meta http-equiv="refresh" content="0;url=/refresh"></head><body><article><h1>Page</h1>
<p style="background-image: url(/style.png)">The first paragraph of this page has words enough to be an article of its own.</p>
<iframe src="/frame"></iframe><object data="/object"></object><embed src="/embed"><video poster="/poster.png" src="/video.mp4"></video><audio src="/audio.mp3"></audio>
<svg width="10" height="10"><use href="/use.svg#a"/><image href="/svgimage.png"/><foreignObject><img src="/foreign.png"></foreignObject></svg>
<form action="/form"><input type="image" src="/input.png"></form><a href="/link">link</a><a ping="/ping" href="/link2">more</a>
<p><img src="file://`+secret+`"><img src="`+secret+`"><img src="../../../../../../../../..`+secret+`"><img src="/wanted.png"></p>
<p>The second paragraph ends the article with some more words, so that it is long enough to be found.</p></article></body></html>`)
	})
	code, stderr, rep := w.build(server.URL+"/page", "--allow-network", "127.0.0.2", "-o", "book.pdf")
	if code != exitOK || rep.Articles.Used != 1 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	for _, path := range server.all() {
		if !slices.Contains([]string{"/page", "/wanted.png", "/poster.png", "/svgimage.png", "/foreign.png", secret}, path) {
			t.Errorf("%s was asked for", path)
		}
	}
	if server.count("/wanted.png") == 0 {
		t.Error("the picture was not asked for")
	}
	for _, name := range []string{"book.epub", "book.pdf"} {
		if strings.Contains(w.read(name), "canary") || strings.Contains(w.read(name), "/JavaScript") {
			t.Errorf("%s has the secret, or a script", name)
		}
	}
}

// misbehaving are pictures of a server that breaks the rules, by the names that say
// how, with what becomes of each and how often it is asked for.
var misbehaving = map[string]struct {
	code  string
	asked int
}{
	"slow-answer":   {"timeout", 3},
	"stalled-body":  {"timeout", 3},
	"dripping-body": {"timeout", 3},
	"endless":       {"too_large", 1},
	"announced":     {"too_large", 1},
	"bomb.gz":       {"too_large", 1},
	"short":         {"interrupted", 3},
	"long":          {"decode_failed", 1},
	"reset-twice":   {"embedded", 3},
	"503-twice":     {"embedded", 3},
	"429-once":      {"embedded", 2},
	"404":           {"http_404", 1},
	"410":           {"http_410", 1},
	"403":           {"http_403", 4},
	"html":          {"not_an_image", 4},
	"empty":         {"not_an_image", 4},
	"pixel":         {"tracker", 2}, // without a Referer and with one
	"huge":          {"decode_limit", 1},
	"large":         {"decode_limit", 1},
	"half":          {"decode_failed", 1},
	"tiff":          {"unsupported_type", 1},
	"referer":       {"embedded", 2},
	"blank":         {"embedded", 1},
	"good":          {"embedded", 1},
}

func misbehave(rw http.ResponseWriter, r *http.Request, nth int) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	good := picture(name)
	drop := func() { panic(http.ErrAbortHandler) }
	flush := func() { rw.(http.Flusher).Flush() }
	png := func(width, height int) []byte {
		head := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), byte(width>>24), byte(width>>16), byte(width>>8), byte(width), byte(height>>24), byte(height>>16), byte(height>>8), byte(height))
		return append(append(head, 8, 0, 0, 0, 0), make([]byte, 24)...)
	}
	switch name {
	case "slow-answer":
		<-r.Context().Done()
	case "stalled-body":
		rw.Write(good[:20])
		flush()
		<-r.Context().Done()
	case "dripping-body":
		rw.Write(good[:20])
		for r.Context().Err() == nil {
			rw.Write([]byte{0})
			flush()
			time.Sleep(50 * time.Millisecond)
		}
	case "endless":
		rw.Write(good)
		for block := make([]byte, 1<<20); ; {
			if _, err := rw.Write(block); err != nil {
				return
			}
		}
	case "announced":
		rw.Header().Set("Content-Length", "2000000000")
		rw.Write(good)
	case "bomb.gz":
		rw.Header().Set("Content-Encoding", "gzip")
		rw.Write(bomb())
	case "short":
		rw.Header().Set("Content-Length", fmt.Sprint(len(good)))
		rw.Write(good[:len(good)-5])
		flush()
		drop()
	case "long": // than it says
		conn, _, err := rw.(http.Hijacker).Hijack()
		if err == nil {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(good)/2, good)
			conn.Close()
		}
	case "reset-twice":
		if nth > 2 {
			rw.Write(good)
			return
		}
		if conn, _, err := rw.(http.Hijacker).Hijack(); err == nil {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(good), good[:30])
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	case "503-twice":
		if nth <= 2 {
			rw.WriteHeader(503)
			return
		}
		rw.Write(good)
	case "429-once":
		if nth == 1 {
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(429)
			return
		}
		rw.Write(good)
	case "404", "410", "403":
		rw.WriteHeader(map[string]int{"404": 404, "410": 410, "403": 403}[name])
	case "html":
		rw.Header().Set("Content-Type", "image/png")
		io.WriteString(rw, "<!doctype html><p>Not here.")
	case "empty":
	case "pixel":
		rw.Write([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	case "huge":
		rw.Write(png(60_000, 60_000))
	case "large":
		rw.Write(png(7000, 7000))
	case "half":
		rw.Write(good[:len(good)/2])
	case "tiff":
		rw.Write([]byte("II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	case "referer":
		if r.Header.Get("Referer") != "http://news.example/a.html" {
			rw.WriteHeader(403)
			return
		}
		rw.Write(good)
	case "blank":
		if r.Header.Get("Referer") != "" {
			rw.WriteHeader(403)
			return
		}
		rw.Write(good)
	default:
		rw.Write(good)
	}
}

// bomb is a small body that becomes a large one.
var bomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(picture("bomb"))
	z.Write(make([]byte, 20<<20))
	z.Close()
	return b.Bytes()
})

// Each picture of a misbehaving server costs itself and no
// other, in bounded time and memory.
func TestFaultMisbehavingServers(t *testing.T) {
	w := newWorkbench(t)
	addresses := []string{"data:text/html,<script>alert(1)</script>", "data:image/png;base64,AAAA"}
	hosts := map[string]*host{}
	for name := range misbehaving {
		hosts[name] = serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) { misbehave(rw, r, hosts[name].count(r.URL.Path)) })
		addresses = append(addresses, hosts[name].URL+"/"+name)
	}
	w.write("a.html", "---\ntitle: Pictures\nurl: http://news.example/a.html\n---\n"+figures(addresses...))
	bomb()
	begin := time.Now()
	cmd := w.command("build", "a.html", "-o", "book.epub", "--report", "r.json", "--allow-network", "127.0.0.2")
	code, most, stderr := watched(t, cmd)
	var rep press.Report
	if err := json.Unmarshal([]byte(w.read("r.json")), &rep); err != nil {
		t.Fatal(err)
	}
	got := codes(rep)
	for name, want := range misbehaving {
		if got[name] != want.code || hosts[name].count("/"+name) != want.asked {
			t.Errorf("%s: %s, asked %d times; want %s, %d", name, got[name], hosts[name].count("/"+name), want.code, want.asked)
		}
	}
	inline := map[string]int{}
	for _, p := range rep.Pictures {
		if p.URL == "data:…" {
			inline[p.Code]++
		}
		var sum int64
		for _, a := range p.Attempts {
			sum += a.Bytes
		}
		if sum != p.Bytes {
			t.Errorf("%s: %d bytes, %d in its attempts", p.URL, p.Bytes, sum)
		}
	}
	if fmt.Sprint(inline) != "map[not_an_image:2]" {
		t.Errorf("of data: addresses %v", inline)
	}
	if code != exitOK || rep.Outputs == nil || len(rep.Pictures) != len(addresses) {
		t.Errorf("exit code %d, %d pictures\n%s", code, len(rep.Pictures), stderr)
	}
	if strings.Contains(stderr, "nsolicited") {
		t.Errorf("libraries speak to people:\n%s", stderr)
	}
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("took %v", d)
	}
	if !testing.Short() && most > 96<<20 {
		t.Errorf("%d MB of memory", most>>20)
	}
	t.Logf("%v, %d MB", time.Since(begin).Round(time.Millisecond), most>>20)

	w.write("a.html", figures("data:image/png;base64,"+strings.Repeat("A", 8<<20)))
	if _, stderr, rep := w.build("a.html"); len(rep.Pictures) != 1 || rep.Pictures[0].Code != "too_large" {
		t.Errorf("a large data: address: %+v\n%s", rep.Pictures, stderr)
	}
}

// watched runs a command and returns how it ended and the most memory it had.
func watched(t *testing.T, cmd *exec.Cmd) (code int, most int64, stderr string) {
	t.Helper()
	var b bytes.Buffer
	cmd.Stderr = &b
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	for {
		select {
		case <-ended:
			return cmd.ProcessState.ExitCode(), most << 10, b.String()
		case <-time.After(2 * time.Millisecond):
			most = max(most, highWater(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)))
		}
	}
}

// What is kept is asked for again as its server wants it.
func TestFaultValidators(t *testing.T) {
	w := newWorkbench(t)
	var changed atomic.Bool
	var bodies sync.Map
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		tag, h := `"1"`, rw.Header()
		switch name {
		case "etag", "changed":
			h.Set("Cache-Control", "no-cache")
		case "weak":
			h.Set("Cache-Control", "max-age=0")
			tag = `W/"1"`
		case "fresh":
			h.Set("Cache-Control", "max-age=3600")
		case "no-store":
			h.Set("Cache-Control", "no-store")
			tag = ""
		case "vary":
			h.Set("Cache-Control", "max-age=3600")
			h.Set("Vary", "User-Agent")
			tag = ""
		}
		if name == "changed" && changed.Load() {
			tag = `"2"`
		}
		if tag != "" {
			h.Set("ETag", tag)
			if r.Header.Get("If-None-Match") == tag {
				rw.WriteHeader(http.StatusNotModified)
				return
			}
		}
		n, _ := bodies.LoadOrStore(name, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		sendPicture(rw, name+tag)
	})
	names := []string{"etag", "changed", "weak", "fresh", "no-store", "vary"}
	var addresses []string
	for _, name := range names {
		addresses = append(addresses, server.URL+"/"+name)
	}
	w.write("a.html", figures(addresses...))
	state := func() string {
		var s []string
		for _, name := range names {
			n, ok := bodies.Load(name)
			if !ok {
				n = new(atomic.Int64)
			}
			s = append(s, fmt.Sprintf("%s %d/%d", name, n.(*atomic.Int64).Load(), server.count("/"+name)))
		}
		return strings.Join(s, ", ")
	}
	for i, run := range []struct {
		args []string
		want string // bodies/requests
	}{
		{nil, "etag 1/1, changed 1/1, weak 1/1, fresh 1/1, no-store 1/1, vary 1/1"},
		{nil, "etag 1/2, changed 2/2, weak 1/2, fresh 1/1, no-store 2/2, vary 1/1"},
		{[]string{"--user-agent", "other/1"}, "etag 1/3, changed 2/3, weak 1/3, fresh 1/1, no-store 3/3, vary 2/2"},
		{[]string{"--refresh", "--user-agent", "other/1"}, "etag 1/4, changed 2/4, weak 1/4, fresh 1/2, no-store 4/4, vary 3/3"},
		{[]string{"--offline"}, "etag 1/4, changed 2/4, weak 1/4, fresh 1/2, no-store 4/4, vary 3/3"},
	} {
		code, stderr, rep := w.build(append(run.args, "a.html", "--allow-network", "127.0.0.2")...)
		missing := 0
		if run.args != nil && run.args[0] == "--offline" {
			missing = 1 // what may not be kept
		}
		if got := state(); code != exitOK || got != run.want || rep.Images.Failed != missing {
			t.Errorf("run %d: exit code %d, %s, want %s; %+v\n%s", i, code, got, run.want, rep.Images, stderr)
		}
		changed.Store(true)
	}
}

// A name that means another address when it is asked for again leads nowhere.
func TestFaultRebinding(t *testing.T) {
	w := newWorkbench(t)
	private := serveAt(t, "127.0.0.3", func(rw http.ResponseWriter, r *http.Request) { sendPicture(rw, "x") })
	l, err := net.Listen("tcp", "127.0.0.2:"+private.port())
	if err != nil {
		t.Skip(err)
	}
	public := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Connection", "close")
		sendPicture(rw, r.URL.Path)
	})}
	go public.Serve(l)
	defer public.Close()
	var asked atomic.Int64
	w.env = append(w.env, "FAULT_DNS="+nameServer(t, func() [4]byte {
		if asked.Add(1) == 1 {
			return [4]byte{127, 0, 0, 2}
		}
		return [4]byte{127, 0, 0, 3}
	}))
	at := "http://pictures.example:" + private.port()
	w.write("a.html", figures(at+"/1.png", at+"/2.png", at+"/3.png"))
	code, stderr, rep := w.build("a.html", "--allow-network", "127.0.0.2", "--per-host", "1")
	if code != exitOK || rep.Images.Embedded != 1 || private.accepted.Load() != 0 || asked.Load() < 3 {
		t.Errorf("exit code %d, %+v, %d connections, %d questions\n%s", code, rep.Images, private.accepted.Load(), asked.Load(), stderr)
	}
	for name, c := range codes(rep) { // which came first is not known
		if c != "embedded" && c != "ssrf_blocked" {
			t.Errorf("%s: %s", name, c)
		}
	}
}

// nameServer answers every question for an IPv4 address.
func nameServer(t *testing.T, answer func() [4]byte) (address string) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: answer()},
				}}
			}
			if b, err := m.Pack(); err == nil {
				pc.WriteTo(b, from)
			}
		}
	}()
	return pc.LocalAddr().String()
}

// Secrets in addresses are in no message, report or book.
func TestFaultSecrets(t *testing.T) {
	w := newWorkbench(t)
	server := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/page":
			io.WriteString(rw, `<html><title>P</title><article><h1>P</h1><p>A page that has a few words to be read.</p><img src="/gone.png?auth_token=picture"></article></html>`)
		default:
			http.NotFound(rw, r)
		}
	})
	at := server.URL + "/page?id=1&access_token=canary&sig=canary"
	code, stderr, rep := w.build(at, server.URL+"/none?token=canary", strings.Replace(server.URL, "://", "://me:canary@", 1)+"/page", "-v", "-o", "book.pdf", "--allow-network", "127.0.0.2")
	if code != exitOK || rep.Articles.Used != 1 || rep.Articles.Failed != 2 || rep.Images.Failed != 1 {
		t.Errorf("exit code %d, %+v\n%s", code, rep, stderr)
	}
	if told := stderr + w.read("r.json"); strings.Contains(told, "canary") || strings.Contains(told, "=picture") {
		t.Errorf("told:\n%s", told)
	}
	// What an article links to is its own text; what it was asked for with is not.
	z, err := zip.OpenReader(w.path("book.epub"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || bytes.Contains(b, []byte("canary")) {
			t.Errorf("%s in the EPUB tells, %v", f.Name, err)
		}
	}
	for _, object := range pdftest.Must(t, []byte(w.read("book.pdf"))).Objects {
		if strings.Contains(fmt.Sprintf("%s", object), "canary") {
			t.Errorf("the PDF tells: %s", object)
		}
	}
}

// A network that wants a login first.
func TestFaultCaptivePortal(t *testing.T) {
	w := newWorkbench(t)
	w.env = append(w.env, "FAULT_DNS="+nameServer(t, func() [4]byte { return [4]byte{127, 0, 0, 2} }))
	portal := serveAt(t, "127.0.0.2", func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "<html><title>Hotel</title><article><h1>Welcome</h1><p>Please log in to use the network of this house, with your room number.</p></article></html>")
	})
	var pages, pictures []string
	for i := range 4 {
		pages = append(pages, fmt.Sprintf("http://news%d.example:%s/", i, portal.port()))
		pictures = append(pictures, fmt.Sprintf("http://pictures%d.example:%s/a.png", i, portal.port()))
	}
	code, stderr, rep := w.build(append(pages, "--allow-network", "127.0.0.2")...)
	if code != exitOK || !slices.ContainsFunc(rep.Problems, func(p press.Problem) bool { return p.Code == "article.duplicate_content" }) || !strings.Contains(stderr, "login") {
		t.Errorf("pages: exit code %d, %+v\n%s", code, rep.Problems, stderr)
	}
	w.write("a.html", figures(pictures...))
	code, stderr, rep = w.build("a.html", "--allow-network", "127.0.0.2")
	if code != exitOK || rep.Images.Failed != 4 || !strings.Contains(stderr, "login") {
		t.Errorf("pictures: exit code %d, %+v\n%s", code, rep.Images, stderr)
	}
}

// Names of files in any script, in either normal form.
func TestFaultNames(t *testing.T) {
	w := newWorkbench(t)
	names := []string{"文章一", "が.か\u3099", "e\u0301té", "\u00e9té", "😀𠮷", "全／角：？", "空 格"}
	for _, name := range names {
		w.write(name+".html", fmt.Sprintf("<title>%s</title><p>Text.</p><p><img src=\"%s.png\"></p>", name, name))
		w.write(name+".png", string(picture(name)))
	}
	code, stderr, rep := w.build(".", "-o", "书 😀.pdf")
	if code != exitOK || rep.Articles.Used != len(names) || rep.Images.Embedded != len(names) || len(rep.Outputs) != 2 {
		t.Errorf("exit code %d, %+v, %+v\n%s", code, rep.Articles, rep.Images, stderr)
	}
}
