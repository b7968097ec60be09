//go:build linux

package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bookshop is a process of serve.
type bookshop struct {
	*workbench
	*exec.Cmd
	address string // "http://127.0.0.1:1234"
	log     *diary
	lines   *bufio.Reader
}

// diary is what a process says, while it says it.
type diary struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(b)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}

const (
	serveConfig = `version: 1
state_dir: state
cache_dir: cache
sources:
  posts: {inputs: [posts]}
digests:
  weekly:
    title: 'Weekly {{ .Issue }}'
    series: Weekly
    schedule: "Sun 07:00"
    window: since-last
    outputs: [{format: epub, path: 'weekly-{{ .Issue }}.epub'}]
`
	justBefore = "2026-11-22T06:59:58Z"
)

// open starts serve, and waits until it listens.
func open(t *testing.T, w *workbench, args ...string) *bookshop {
	t.Helper()
	p := &bookshop{workbench: w, Cmd: w.command(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...), log: &diary{}}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Cmd.Stderr = p.log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Process.Kill()
		p.Cmd.Wait()
		if t.Failed() {
			t.Log(p.log)
		}
	})
	p.lines = bufio.NewReader(out)
	line, err := p.lines.ReadString('\n')
	if err != nil {
		t.Fatalf("it does not say where it listens: %v\n%s", err, p.log)
	}
	p.address = strings.TrimSpace(line)
	return p
}

// host is host and port.
func (p *bookshop) host() string {
	u, err := url.Parse(p.address)
	if err != nil {
		p.T.Fatal(err)
	}
	return u.Host
}

// get asks for a path, with headers as names and values in turn.
func (p *bookshop) get(method, path string, header ...string) (*http.Response, string) {
	p.Helper()
	r, err := http.NewRequest(method, p.address+path, nil)
	if err != nil {
		p.T.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}).RoundTrip(r)
	if err != nil {
		p.T.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.T.Fatal(err)
	}
	return res, string(body)
}

// until waits until something is so.
func (p *bookshop) until(what string, so func() bool) {
	p.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("not within a minute: %s", what)
		}
	}
}

func (p *bookshop) shows(path, text string) func() bool {
	return func() bool {
		_, body := p.get("GET", path)
		return strings.Contains(body, text)
	}
}

// end asks it to end, and returns its exit code.
func (p *bookshop) end() int {
	p.Process.Signal(syscall.SIGTERM)
	p.Cmd.Wait()
	return p.ProcessState.ExitCode()
}

// bookcase is a workbench with a digest.
func bookcase(t *testing.T, config string) *workbench {
	w := newWorkbench(t)
	if err := os.Mkdir(w.path("posts"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write("posts/a.html", `<title>The first</title><meta name="date" content="2026-11-10T10:00:00Z"><p>Once upon a time there was a book that could be folded.</p>`)
	w.write("posts/b.html", `<title>The second</title><meta name="date" content="2026-11-20T10:00:00Z"><p>And then it was unfolded again, page by page.</p>`)
	w.write("leporello.yaml", config)
	return w
}

// TestServe: what is due is made when its time comes, without anybody asking; a new
// configuration is taken, a wrong one is not; it ends when it is asked to, and
// tells systemd.
func TestServe(t *testing.T) {
	w := bookcase(t, serveConfig)
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: w.path("notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	told := func() string {
		b := make([]byte, 100)
		socket.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := socket.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	w.env = append(w.env, "NOTIFY_SOCKET="+w.path("notify"))
	p := open(t, w, "--now", justBefore)
	if got := told(); got != "READY=1" {
		t.Errorf("systemd is told %q", got)
	}
	// Of the Sunday before now, the first that it knows of, and of this one.
	p.until("the first issue", p.shows("/", "Weekly 1"))
	p.until("the second issue", p.shows("/digest/weekly", "Weekly 2"))
	if strings.Count(p.log.String(), "an issue is due") != 2 {
		t.Error("issues are due that are not")
	}
	_, catalogue := p.get("GET", "/opds/digest/weekly")
	if !strings.Contains(catalogue, "<title>Weekly 2</title>") {
		t.Error(catalogue)
	}
	_, page := p.get("GET", "/")
	path := page[strings.Index(page, "/file/"):]
	res, book := p.get("GET", path[:strings.IndexByte(path, '"')])
	if res.StatusCode != 200 || book != w.read("weekly-2.epub") || res.Header.Get("Content-Type") != "application/epub+zip" {
		t.Errorf("the book: %v", res)
	}

	w.write("leporello.yaml", serveConfig+"serve: {title: Second shelf}\n")
	p.Process.Signal(syscall.SIGHUP)
	p.until("the new configuration", p.shows("/", "Second shelf"))
	w.write("leporello.yaml", serveConfig+"serve: {titel: Third shelf}\n")
	p.Process.Signal(syscall.SIGHUP)
	p.until("a word about the mistake", func() bool { return strings.Contains(p.log.String(), "titel") })
	if !p.shows("/", "Second shelf")() {
		t.Error("a wrong configuration takes the place of a good one")
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := told(); got != "STOPPING=1" {
		t.Errorf("systemd is told %q", got)
	}
}

// TestServeHarvest: sources are read when they were not for a while.
func TestServeHarvest(t *testing.T) {
	w := bookcase(t, strings.Replace(serveConfig, `    schedule: "Sun 07:00"`+"\n", "", 1)+"serve: {harvest: 1h}\n")
	p := open(t, w)
	p.until("a harvest", p.shows("/metrics", "leporello_articles 2\n"))
	if _, page := p.get("GET", "/"); !strings.Contains(page, "No issue has been made yet") {
		t.Error(page)
	}
}

// TestServeQueue: with jobs in a queue it makes what is due itself, and goes on to
// when the configuration is read again.
func TestServeQueue(t *testing.T) {
	w := bookcase(t, "engine: river\n"+serveConfig+"serve: {harvest: 1h}\n")
	p := open(t, w, "--now", "2026-11-22T08:00:00Z")
	p.until("the issue", p.shows("/", "Weekly 1"))
	p.until("the harvest", p.shows("/metrics", "leporello_harvest_failing{source=\"posts\"} 0\n"))
	w.write("leporello.yaml", "engine: river\n"+serveConfig+"serve: {title: Second shelf}\n")
	p.Process.Signal(syscall.SIGHUP)
	p.until("the new configuration", p.shows("/", "Second shelf"))
	w.write("leporello.yaml", serveConfig)
	p.Process.Signal(syscall.SIGHUP)
	p.until("a word about the engine", func() bool { return strings.Contains(p.log.String(), "with the next start only") })
	if _, page := p.get("GET", "/runs"); strings.Contains(page, "Weekly 2") {
		t.Error("it was made twice")
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestServeKilled: what was being made when serve ends goes on when it starts again.
func TestServeKilled(t *testing.T) {
	w := bookcase(t, serveConfig)
	env := w.env
	w.env = append(w.env, "FAULT_AT=printed")
	p := open(t, w, "--now", "2026-11-22T08:00:00Z")
	p.until("a word about the run", func() bool { return strings.Contains(p.log.String(), "it is tried again") })
	p.Process.Kill()
	p.Cmd.Wait()
	w.env = env
	p = open(t, w, "--now", "2026-11-22T08:00:10Z")
	p.until("the issue", p.shows("/", "Weekly 1"))
	if _, page := p.get("GET", "/runs"); strings.Contains(page, "Weekly 2") {
		t.Error("it was made twice")
	}
}

// TestServeAway: an issue whose sources cannot be read is made later, not at once again.
func TestServeAway(t *testing.T) {
	w := bookcase(t, serveConfig)
	move := func(from, to string) {
		if err := os.Rename(w.path(from), w.path(to)); err != nil {
			t.Fatal(err)
		}
	}
	move("posts", "away")
	p := open(t, w, "-v", "--now", "2026-11-22T08:00:00Z")
	p.until("a rest", func() bool { return strings.Contains(p.log.String(), "at rest") })
	if said := p.log.String(); strings.Count(said, "it is tried again") != 1 || !strings.Contains(said, "until=2026-11-22T08:05:0") {
		t.Error(said)
	}
	p.end()
	move("away", "posts")
	p = open(t, w, "--now", "2026-11-22T08:20:00Z")
	p.until("the issue", p.shows("/", "Weekly 1"))
}

// TestServeMistakes: what it does not start with.
func TestServeMistakes(t *testing.T) {
	w := bookcase(t, serveConfig)
	w.write("short", "secret\n")
	w.write("empty", "\n")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--listen", "0.0.0.0:0"}, 2, "needs a token"},
		{[]string{"--listen", ":0"}, 2, "needs a token"},
		{[]string{"--listen", "[::]:0"}, 2, "needs a token"},
		{[]string{"--listen", ":0", "--token-file", "short"}, 2, "16 characters"},
		{[]string{"--token-file", "empty"}, 2, "token"},
		{[]string{"--token-file", "none"}, 2, "no such file"},
		{[]string{"--listen", taken.Addr().String()}, 1, "address already in use"},
		{[]string{"--listen", "nonsense"}, 1, "cannot listen"},
		{[]string{"--base-url", "books.example.org"}, 2, "no address"},
		{[]string{"--tls-cert", "short"}, 2, "belong together"},
		{[]string{"--tls-cert", "short", "--tls-key", "short"}, 2, "certificate"},
		{[]string{"weekly"}, 2, "no arguments"},
	} {
		if code, said := w.run(append([]string{"serve"}, c.args...)...); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%v: exit code %d\n%s", c.args, code, said)
		}
	}
}

// TestServeToken: with a token it may be seen by others, by whoever knows it.
func TestServeToken(t *testing.T) {
	w := bookcase(t, serveConfig)
	w.write("token", "Zm9sZGVkIGJvb2tzIGFyZSBuaWNl\n")
	p := open(t, w, "--listen", "0.0.0.0:0", "--token-file", "token", "--now", justBefore)
	p.address = strings.Replace(p.address, "[::]", "127.0.0.1", 1)
	p.address = strings.Replace(p.address, "0.0.0.0", "127.0.0.1", 1)
	if res, _ := p.get("GET", "/"); res.StatusCode != 401 {
		t.Errorf("without the token: %d", res.StatusCode)
	}
	if res, _ := p.get("GET", "/opds", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("any:Zm9sZGVkIGJvb2tzIGFyZSBuaWNl"))); res.StatusCode != 200 {
		t.Errorf("with it: %d", res.StatusCode)
	}
	if strings.Contains(p.log.String(), "Zm9s") {
		t.Error("the token is in the log")
	}
}

// TestServeTLS speaks TLS with a certificate that is read anew with the configuration.
func TestServeTLS(t *testing.T) {
	w := bookcase(t, serveConfig)
	certify := func(serial int64) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
		der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		priv, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		w.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
		w.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: priv})))
	}
	certify(1)
	p := open(t, w, "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--now", justBefore)
	serial := func() int64 {
		res, _ := p.get("GET", "/healthz")
		return res.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != 1 || !strings.HasPrefix(p.address, "https://") {
		t.Errorf("%s: certificate %d", p.address, got)
	}
	certify(2)
	p.Process.Signal(syscall.SIGHUP)
	p.until("the new certificate", func() bool { return serial() == 2 })
}

// raw sends bytes, and returns what comes back until the end.
func (p *bookshop) raw(request string) string {
	p.Helper()
	c, err := net.Dial("tcp", p.host())
	if err != nil {
		p.T.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, request)
	b, _ := io.ReadAll(c)
	return string(b)
}

// Row 42: paths that lead out, names of other hosts, methods that write, ranges beyond
// the end, clients that say and hear nothing, and very many of them.
func TestFaultLibrary(t *testing.T) {
	w := bookcase(t, serveConfig)
	p := open(t, w, "--now", "2026-11-22T08:00:00Z")
	p.until("the issue", p.shows("/", "Weekly 1"))
	p.until("the end of its run", func() bool { return strings.Contains(p.log.String(), "the run has ended") })
	_, page := p.get("GET", "/")
	book := page[strings.Index(page, "/file/"):]
	book = book[:strings.IndexByte(book, '"')]

	for _, path := range []string{"/..%2f..%2fetc%2fpasswd", "/file/..%2f..%2f..%2fetc%2fpasswd", "/file/1-0/..%2fleporello.yaml", "/file/%2e%2e/leporello.yaml", "/../../leporello.yaml", "/cover/..%5c..%5cx", "//etc/passwd", "/file/1-0/%00"} {
		said := p.raw("GET " + path + " HTTP/1.1\r\nHost: " + p.host() + "\r\nConnection: close\r\n\r\n")
		if status, _, _ := strings.Cut(said, "\r\n"); !strings.Contains(status, " 404 ") && !strings.Contains(status, " 307 ") && !strings.Contains(status, " 301 ") || strings.Contains(said, "root:") || strings.Contains(said, "sources:") {
			t.Errorf("%s: %s", path, said)
		}
	}
	for _, host := range []string{"evil.example", "evil.example:8377", "127.0.0.1.evil.example"} {
		if res, body := p.get("GET", "/", "Host", host); res.StatusCode != 421 || strings.Contains(body, "Weekly") {
			t.Errorf("host %s: %d", host, res.StatusCode)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PROPFIND"} {
		if res, _ := p.get(method, book); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	if res, _ := p.get("GET", book, "Range", "bytes=99999999999-"); res.StatusCode != 416 {
		t.Errorf("a range beyond the end: %d", res.StatusCode)
	}
	if res, body := p.get("GET", book, "Range", "bytes="+strings.Repeat("0-,", 2000)+"0-1"); res.StatusCode == 206 && len(body) > 1<<20 {
		t.Errorf("many ranges: %d bytes", len(body))
	}
	if said := p.raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"); !strings.Contains(said, " 431 ") {
		t.Errorf("a long header: %.100s", said)
	}
	// One that begins to ask and does not go on is let go, and so is one that does not
	// read what it asked for.
	if said := p.raw("GET / HTTP/1.1\r\nHost: localhost\r\n"); strings.Contains(said, "200 OK") {
		t.Errorf("half a request is answered: %s", said)
	}
	said := p.raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx")
	if !strings.HasPrefix(said, "HTTP/1.1 405") {
		t.Errorf("a body that does not come: %s", said)
	}
	// While very many connections are held, those that wait get their turn.
	var held []net.Conn
	for range mostConnections + 20 {
		c, err := net.Dial("tcp", p.host())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	if res, _ := p.get("GET", "/healthz"); res.StatusCode != 200 {
		t.Errorf("among many connections: %d", res.StatusCode)
	}
	for _, c := range held {
		c.Close()
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
