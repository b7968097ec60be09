package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/net/netutil"

	"github.com/leporello-press/leporello/digest/library"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/internal/alarm"
)

// serving is the command that stays: it makes what is due when it is due, and shows
// what was made.
type serving struct {
	digests
	cmd                                 *cobra.Command
	listenAt, tokenFile, baseURL, title string
	cert, key                           string

	token       string
	certificate *tls.Certificate
	pages       http.Handler
}

func (e *env) serveCommand() *cobra.Command { return e.newServing().cmd }

func (e *env) newServing() *serving {
	s := &serving{digests: digests{env: e}}
	s.cmd = &cobra.Command{
		Use:   "serve",
		Short: "Make issues when they are due, and show them to browsers and readers",
		Long: `Serve stays: it makes the issues of digests when they are due, tries deliveries
again, reads the sources in between where the configuration says how often
(serve.harvest), and shows what was made: pages for browsers, e-readers' too, a
catalogue for reading programs (OPDS 1.2 at /opds, 2.0 at /opds/v2), metrics for
Prometheus (/metrics), and /healthz.

Without a token only this machine can see it. With one, which --token-file or the
configuration names, it listens wherever --listen says, and asks for the token as
the password, with any name. Where others listen to the network between, let it
speak TLS (--tls-cert, --tls-key), or stand behind a server that does.

SIGHUP reads the configuration again; SIGTERM ends it, and what it was making goes
on at the next start. Issues are made by a process of their own, leporello run --due,
so that they take no memory when they are made; with engine: river, by this one,
which then works for all machines that share the database.

Exit codes: 0 it was asked to end; 1 it cannot listen or work; 2 the command line or
the configuration is wrong.`,
		Example: `  leporello serve
  leporello serve --listen :8377 --token-file ~/.config/leporello/token
  curl -u :TOKEN http://nas.example:8377/opds`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.serve(cmd.Context()) },
	}
	f := s.cmd.Flags()
	f.StringVar(&s.listenAt, "listen", "", "host and port (default: serve.listen of the configuration, else 127.0.0.1:8377)")
	f.StringVar(&s.tokenFile, "token-file", "", "file whose first line is the token that readers must know")
	f.StringVar(&s.baseURL, "base-url", "", "address that readers reach it at, where it is behind another server")
	f.StringVar(&s.title, "title", "", "what the library is called (default: leporello)")
	f.StringVar(&s.cert, "tls-cert", "", "file with a certificate: speak TLS")
	f.StringVar(&s.key, "tls-key", "", "file with the key of the certificate")
	for _, name := range []string{"token-file", "tls-cert", "tls-key"} {
		isPath(f, name)
	}
	s.flags(s.cmd)
	s.logFormat = "text" // it speaks to a log
	f.Lookup("log-format").DefValue = s.logFormat
	return s
}

// open opens what s works with, and makes its pages.
func (s *serving) open(ctx context.Context) error {
	if err := s.digests.open(ctx, s.cmd); err != nil {
		return err
	}
	c := &s.config.Serve
	for _, over := range []struct{ flag, value *string }{
		{&s.listenAt, &c.Listen}, {&s.baseURL, &c.BaseURL}, {&s.title, &c.Title},
	} {
		if *over.flag != "" {
			*over.value = *over.flag
		}
	}
	if s.tokenFile != "" {
		path, err := filepath.Abs(s.tokenFile)
		if err != nil {
			return err
		}
		c.Token = recipe.Secret{File: path}
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8377"
	}
	if u, err := url.Parse(c.BaseURL); c.BaseURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return usagef("as in --base-url https://books.example.org", "--base-url: %q is no address", c.BaseURL)
	}
	var err error
	if s.token, err = s.secret(ctx, s.config, c.Token); err != nil {
		return usagef("leporello serve --help tells about it", "the token of the library: %w", err)
	}
	if err := s.readCertificate(c); err != nil {
		return err
	}
	s.pages = library.New(library.Options{
		State: s.state, Blobs: s.engine.Blobs, Config: s.config, Token: s.token,
		Thumbnails: filepath.Join(s.config.StateDir, "thumbnails"),
		Next:       func(name string) time.Time { return s.nextSlot(s.config.Digest(name)) },
		Tool:       "leporello " + toolVersion(), Clock: s.now, Wall: time.Now, Patience: hurried(answerTime), Log: s.log,
	})
	return nil
}

func (s *serving) readCertificate(c *recipe.Serve) error {
	cert, key := s.cert, s.key
	if cert == "" && key == "" {
		cert, key = s.config.Abs(c.TLSCert), s.config.Abs(c.TLSKey)
	}
	if cert == "" && key == "" {
		return nil
	}
	if cert == "" || key == "" {
		return usagef("--tls-cert and --tls-key", "a certificate and its key belong together")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return usagef("", "the certificate: %w", err)
	}
	s.certificate = &pair
	return nil
}

// shortest is the shortest token for those who do not sit at this machine.
const shortest = 16

// safe tells why s may not listen at an address; nil: it may.
func (s *serving) safe(at net.Addr) error {
	tcp, ok := at.(*net.TCPAddr)
	if ok && tcp.IP.IsLoopback() {
		return nil
	}
	const hint = "head -c 24 /dev/urandom | base64 > token, and --token-file token"
	if s.token == "" {
		return usagef(hint, "%s can be reached from other machines: that needs a token", at)
	}
	if len(s.token) < shortest {
		return usagef(hint, "%s can be reached from other machines: that needs a token of %d characters or more", at, shortest)
	}
	return nil
}

// Bounds of the server. Pages are small and soon made; a book has its own time (see
// library).
const (
	mostConnections = 128
	mostHeader      = 16 << 10 // bytes
	headerTime      = 10 * time.Second
	answerTime      = 30 * time.Second
	idleTime        = time.Minute
	farewell        = 5 * time.Second // for answers that are under way when it ends
	memory          = 24 << 20        // bytes beside the program itself, as long as that is enough
)

// hurried is a time as impatient tests want it.
func hurried(d time.Duration) time.Duration {
	if faults.patience > 0 {
		return faults.patience
	}
	return d
}

func (s *serving) serve(ctx context.Context) error {
	wall := s.now
	shop := &shop{first: s, now: s, using: map[*serving]int{}, pauses: map[string]pause{}}
	defer shop.close()
	if err := s.open(ctx); err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.config.Serve.Listen)
	if err != nil {
		return fmt.Errorf("the library cannot listen: %w", err)
	}
	defer l.Close()
	if err := s.safe(l.Addr()); err != nil {
		return err
	}
	shop.at = l.Addr()
	bell, err := alarm.New(wall)
	if err != nil {
		return err
	}
	defer bell.Close()
	if s.queued() {
		defer shop.hire(ctx)()
	} else {
		// Little is ever in use, and that for years: memory is collected when some was used
		// up, not every two minutes.
		debug.SetMemoryLimit(memory)
		debug.SetGCPercent(-1)
	}
	server := &http.Server{
		Handler:           shop,
		ReadHeaderTimeout: hurried(headerTime), ReadTimeout: hurried(headerTime), WriteTimeout: hurried(answerTime), IdleTimeout: idleTime, MaxHeaderBytes: mostHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	limited := netutil.LimitListener(l, mostConnections)
	scheme := "http"
	if s.certificate != nil {
		scheme = "https"
		server.TLSConfig = &tls.Config{GetCertificate: shop.certificate}
	}
	ended := make(chan error, 1)
	go func() {
		if s.certificate != nil {
			ended <- server.ServeTLS(limited, "", "")
			return
		}
		ended <- server.Serve(limited)
	}()
	fmt.Fprintf(s.stdout, "%s://%s\n", scheme, l.Addr())
	s.log.Info("the library is open", "address", scheme+"://"+l.Addr().String(), "digests", len(s.config.Digests))
	notify("READY=1")
	err = shop.keep(ctx, bell, wall, ended)
	notify("STOPPING=1")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	s.log.Info("the library is closed")
	return err
}

// shop is what stays while configurations come and go.
type shop struct {
	at    net.Addr
	first *serving // whose state the queue has

	mu      sync.Mutex
	now     *serving // that new requests are answered by
	using   map[*serving]int
	retired []*serving // that something still uses

	pauses map[string]pause // by digest; digest.Harvests is the harvest
}

// use returns the configuration that holds, and what lets go of it.
func (p *shop) use() (*serving, func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.now
	p.using[s]++
	return s, func() {
		p.mu.Lock()
		if p.using[s]--; p.using[s] == 0 {
			delete(p.using, s)
		}
		p.mu.Unlock()
		p.sweep()
	}
}

// keep makes what is due whenever it is, until the context ends or the server.
func (p *shop) keep(ctx context.Context, bell *alarm.Alarm, wall func() time.Time, ended <-chan error) error {
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	defer signal.Stop(again)
	for ctx.Err() == nil {
		s := p.now
		next := p.work(ctx, s)
		if ctx.Err() != nil {
			break
		}
		if next.IsZero() {
			s.log.Debug("nothing will be due")
		} else {
			s.log.Debug("at rest", "until", next)
			next = wall().Add(next.Sub(s.now())) // --now is another clock than that of the alarm
		}
		err := bell.Set(next)
		if err != nil {
			return err
		}
		select {
		case <-bell.C:
		case <-again:
			p.reload(ctx)
		case err = <-ended:
		case <-ctx.Done():
		}
		if err != nil {
			return fmt.Errorf("the library cannot listen: %w", err)
		}
	}
	return nil // it was asked to end
}

// reload reads the configuration again. Where it is wrong the old one holds on.
func (p *shop) reload(ctx context.Context) {
	old := p.now
	fresh, err := p.anew(ctx)
	if err != nil {
		old.log.Error("the configuration was not taken: the one before goes on", "error", plain(err))
		return
	}
	p.mu.Lock()
	p.now = fresh
	p.retired = append(p.retired, old)
	p.mu.Unlock()
	p.sweep()
	if fresh.config.Serve.Listen != old.config.Serve.Listen {
		fresh.log.Warn("the address to listen at changes with the next start", "address", fresh.config.Serve.Listen)
	}
	fresh.log.Info("the configuration was read again", "digests", len(fresh.config.Digests))
}

// anew returns the command as the configuration has it now.
func (p *shop) anew(ctx context.Context) (*serving, error) {
	e := *p.now.env
	e.now = time.Now
	root := e.root()
	_, flags, err := root.Find(e.args)
	fresh := e.newServing()
	root.AddCommand(fresh.cmd) // its children find their flags by it
	if err == nil {
		err = fresh.cmd.ParseFlags(flags)
	}
	if err == nil {
		err = e.environment(fresh.cmd, nil)
	}
	if err == nil {
		err = fresh.open(ctx)
	}
	if err == nil {
		err = fresh.safe(p.at)
	}
	if err == nil && (fresh.certificate == nil) != (p.now.certificate == nil) {
		err = errors.New("whether it speaks TLS changes with the next start only")
	}
	if err == nil && fresh.queued() != p.now.queued() {
		err = errors.New("engine: it changes with the next start only")
	}
	if err != nil {
		fresh.close()
		return nil, err
	}
	return fresh, nil
}

// ServeHTTP answers by the configuration that holds.
func (p *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s, done := p.use()
	defer done()
	s.log.Debug("request", "method", r.Method, "path", r.URL.Path, "from", r.RemoteAddr)
	s.pages.ServeHTTP(w, r)
}

func (p *shop) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now.certificate, nil
}

// sweep closes what was opened for configurations that nothing is answered by any more.
func (p *shop) sweep() {
	p.mu.Lock()
	var left, done []*serving
	for _, s := range p.retired {
		if p.using[s] > 0 || s == p.first {
			left = append(left, s)
		} else {
			done = append(done, s)
		}
	}
	p.retired = left
	p.mu.Unlock()
	for _, s := range done {
		s.close()
	}
}

// close closes everything. Nothing is answered any more.
func (p *shop) close() {
	for _, s := range p.retired {
		s.close()
	}
	p.now.close()
}

// notify tells systemd how far the program is (sd_notify(3)). Where nobody listens it
// does nothing.
func notify(message string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:] // an abstract name
	}
	c, err := net.Dial("unixgram", name)
	if err != nil {
		return
	}
	defer c.Close()
	c.Write([]byte(message))
}
