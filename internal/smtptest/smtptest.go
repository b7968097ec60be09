// Package smtptest is a mail server on the loopback for tests. It keeps what it is sent
// and can be told to misbehave.
package smtptest

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say how a server behaves. The zero value offers STARTTLS, wants no password
// and takes everything.
type Options struct {
	TLS        bool // from the first byte on, as on port 465
	NoSTARTTLS bool // does not offer it, as where somebody stripped it
	// User and Password are wanted by AUTH PLAIN before a message; empty: none.
	User, Password string
	MaxSize        int // of a message, announced and kept; 0: any
	// Reply is asked before each reply, with the command in upper case; "" is the
	// greeting, "." the end of a message. What it returns is sent instead; empty: what
	// is usual; Drop: the connection ends.
	Reply func(command string) string
}

// Drop ends the connection instead of a reply.
const Drop = "drop"

// Message is one that was taken.
type Message struct {
	From string
	To   []string
	Data []byte
	TLS  bool
}

// Server is one that runs until its test ends.
type Server struct {
	Addr string         // 127.0.0.1:port
	CA   *x509.CertPool // to verify it by
	PEM  []byte         // the certificate of CA, for the environment of another process

	o    Options
	tls  *tls.Config
	mu   sync.Mutex
	got  []Message
	said []string
}

// Start starts a server.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: listener.Addr().String(), o: o}
	if s.tls, s.CA, err = certificate(); err != nil {
		t.Fatal(err)
	}
	s.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.tls.Certificates[0].Certificate[0]})
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			running.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(running.Wait)
	t.Cleanup(func() { listener.Close() })
	return s
}

// Messages returns what was taken, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.got...)
}

// Commands returns what clients said, but for the messages.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...)
}

func (s *Server) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	secure := s.o.TLS
	if secure {
		conn = tls.Server(conn, s.tls)
	}
	in := bufio.NewReader(conn)
	send := func(text string) {
		if text == Drop {
			conn.Close() // reading fails then
			return
		}
		io.WriteString(conn, text+"\r\n")
	}
	// reply sends what is usual, or what the test wants; it tells whether to go on as usual.
	reply := func(command, usual string) bool {
		own := ""
		if s.o.Reply != nil {
			own = s.o.Reply(command)
		}
		send(cmp.Or(own, usual))
		return own == ""
	}
	reply("", "220 smtptest")
	var m Message
	trusted := s.o.User == ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.said = append(s.said, line)
		s.mu.Unlock()
		verb, rest, _ := strings.Cut(line, " ")
		switch verb = strings.ToUpper(verb); verb {
		case "EHLO":
			lines := []string{"250-smtptest", "250-8BITMIME"}
			if s.o.MaxSize > 0 {
				lines = append(lines, fmt.Sprintf("250-SIZE %d", s.o.MaxSize))
			}
			if !secure && !s.o.NoSTARTTLS {
				lines = append(lines, "250-STARTTLS")
			}
			if s.o.User != "" {
				lines = append(lines, "250-AUTH PLAIN LOGIN")
			}
			reply(verb, strings.Join(append(lines, "250 HELP"), "\r\n"))
		case "STARTTLS":
			if reply(verb, "220 go on") {
				conn, secure = tls.Server(conn, s.tls), true
				in = bufio.NewReader(conn)
			}
		case "AUTH":
			want := base64.StdEncoding.EncodeToString([]byte("\x00" + s.o.User + "\x00" + s.o.Password))
			if rest == "PLAIN "+want {
				trusted = reply(verb, "235 welcome")
			} else {
				// Servers that repeat what they were told are met in the wild.
				reply(verb, "535 5.7.8 no such user or password: "+rest)
			}
		case "MAIL":
			m = Message{From: address(rest), TLS: secure}
			if !trusted {
				reply(verb, "530 5.7.0 authentication wanted")
			} else {
				reply(verb, "250 ok")
			}
		case "RCPT":
			if reply(verb, "250 ok") {
				m.To = append(m.To, address(rest))
			}
		case "DATA":
			if !reply(verb, "354 go on") {
				continue
			}
			data, err := io.ReadAll(textproto.NewReader(in).DotReader())
			if err != nil {
				return // the message did not end: it is none
			}
			m.Data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
			if s.o.MaxSize > 0 && len(m.Data) > s.o.MaxSize {
				reply(".", "552 5.3.4 message too big")
				continue
			}
			own := ""
			if s.o.Reply != nil {
				own = s.o.Reply(".")
			}
			if own == "" || own == Drop { // who is dropped now does not know that it was taken
				s.mu.Lock()
				s.got = append(s.got, m)
				s.mu.Unlock()
			}
			send(cmp.Or(own, "250 2.0.0 queued as 1"))
		case "QUIT":
			reply(verb, "221 bye")
			return
		default: // NOOP, RSET
			reply(verb, "250 ok")
		}
	}
}

// address returns what stands between angle brackets.
func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

// certificate makes one for the loopback, and the pool that knows it.
func certificate() (*tls.Config, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "smtptest"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool, nil
}
