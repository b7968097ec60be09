package deliver

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/internal/smtptest"
)

const secret = "pä$$ wörd/42"

func password(context.Context) (string, error) { return secret, nil }

// mailTo returns a target at a test server, and its options to be changed.
func mailTo(t testing.TB, s *smtptest.Server, scheme string, change func(*MailOptions)) Target {
	t.Helper()
	o := MailOptions{
		Name: "reader", Server: scheme + "://" + s.Addr, From: "Leporello <press@example.org>", To: []string{"me@example.org"}, RootCAs: s.CA,
		Timeout: 20 * time.Second,
	}
	if change != nil {
		change(&o)
	}
	target, err := Mail(o)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// opened is a message as a mail program reads it.
type opened struct {
	header mail.Header
	text   string
	files  map[string][]byte
}

func open(t testing.TB, data []byte) opened {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("%s: %v", kind, err)
	}
	out := opened{header: m.Header, files: map[string][]byte{}}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		disposition, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if disposition == "attachment" {
			b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
			if err != nil {
				t.Fatal(err)
			}
			out.files[params["filename"]] = b
			continue
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		out.text = string(b)
	}
	for i, line := range bytes.Split(data, []byte("\r\n")) {
		if len(line) > 200 || bytes.ContainsFunc(line, func(r rune) bool { return r >= 0x7f || r < ' ' && r != '\t' }) {
			t.Errorf("line %d of the message: %q", i+1, line)
		}
	}
	return out
}

func TestMail(t *testing.T) {
	for _, c := range []struct {
		name, scheme string
		server       smtptest.Options
		change       func(*MailOptions)
		plain        bool
	}{
		{name: "TLS", scheme: "smtps", server: smtptest.Options{TLS: true}},
		{name: "STARTTLS", scheme: "smtp"},
		{name: "with a password", scheme: "smtp", server: smtptest.Options{User: "me@example.org", Password: secret}},
		{name: "plain on the loopback", scheme: "smtp", server: smtptest.Options{NoSTARTTLS: true, User: "me@example.org", Password: secret},
			change: func(o *MailOptions) { o.PlainLoopback = true }, plain: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := smtptest.Start(t, c.server)
			b := weekly(t, "weekly", 3)
			target := mailTo(t, s, c.scheme, func(o *MailOptions) {
				if c.server.User != "" {
					o.Server = c.scheme + "://me@example.org@" + s.Addr
					o.Password = password
				}
				if c.change != nil {
					c.change(o)
				}
			})
			r := must(t, target, b)
			got := s.Messages()
			if len(got) != 1 || got[0].TLS == c.plain || got[0].From != "press@example.org" || strings.Join(got[0].To, " ") != "me@example.org" {
				t.Fatalf("%d messages: %.300q", len(got), fmt.Sprint(got))
			}
			m := open(t, got[0].Data)
			subject, err := (&mime.WordDecoder{}).DecodeHeader(m.header.Get("Subject"))
			if err != nil || subject != b.Title {
				t.Errorf("subject %q, %v", subject, err)
			}
			if m.header.Get("Message-ID") != r[0].MessageID || !strings.HasSuffix(r[0].MessageID, "@example.org>") {
				t.Errorf("Message-ID %s, told %s", m.header.Get("Message-ID"), r[0].MessageID)
			}
			if date, err := m.header.Date(); err != nil || !date.Equal(b.Date) {
				t.Errorf("date %v, %v", date, err)
			}
			if !strings.Contains(m.text, "1. 第一篇") || !strings.Contains(m.text, b.Files[0].Name) || !strings.Contains(m.text, b.Title) {
				t.Errorf("text %q", m.text)
			}
			if len(m.files) != 2 {
				t.Fatalf("%d files", len(m.files))
			}
			for _, f := range b.Files {
				if string(m.files[f.ASCII]) != read(t, f.Path) {
					t.Errorf("%s is not what was sent", f.ASCII)
				}
			}
			if !strings.Contains(r[0].Detail, "queued as 1") {
				t.Errorf("detail %q", r[0].Detail)
			}
			// The same message the next time, so that a provider can drop it.
			if again := must(t, target, b); again[0].MessageID != r[0].MessageID || !bytes.Equal(s.Messages()[1].Data, got[0].Data) {
				t.Error("sent again, the message differs")
			}
			other := b
			other.Slot = "2026-W04"
			if r2 := must(t, target, other); r2[0].MessageID == r[0].MessageID {
				t.Error("two issues have one Message-ID")
			}
			if target.Repeatable() {
				t.Error("mail may be repeated")
			}
		})
	}
}

// TestMailFaults is what servers do to a message: whether it is sent again, and that
// nothing tells the password.
func TestMailFaults(t *testing.T) {
	on := func(command, answer string) func(string) string {
		return func(c string) string {
			if c == command {
				return answer
			}
			return ""
		}
	}
	for _, c := range []struct {
		name      string
		server    smtptest.Options
		change    func(*MailOptions)
		fate      fate
		want      string
		arrived   int
		tooLarge  bool
		forbidden string // command that must not be said
	}{
		{name: "greeting 421", server: smtptest.Options{Reply: on("", "421 busy")}, want: "421"},
		{name: "greeting 554", server: smtptest.Options{Reply: on("", "554 go away")}, fate: permanent, want: "554"},
		{name: "STARTTLS taken away", server: smtptest.Options{NoSTARTTLS: true}, want: "STARTTLS", forbidden: "AUTH"},
		{name: "STARTTLS refused", server: smtptest.Options{Reply: on("STARTTLS", "454 no")}, want: "454", forbidden: "AUTH"},
		{name: "certificate of somebody", change: func(o *MailOptions) { o.RootCAs = nil }, want: "certificate", forbidden: "AUTH"},
		{name: "password refused", server: smtptest.Options{Reply: on("AUTH", "535 no: pä$$ wörd/42 "+base64.StdEncoding.EncodeToString([]byte(secret)))},
			fate: permanent, want: "535", forbidden: "MAIL"},
		{name: "password repeated", server: smtptest.Options{Password: "other"}, fate: permanent, want: "535"},
		{name: "password later", server: smtptest.Options{Reply: on("AUTH", "454 later")}, want: "454"},
		{name: "sender 451", server: smtptest.Options{Reply: on("MAIL", "451 later")}, want: "451"},
		{name: "sender 550", server: smtptest.Options{Reply: on("MAIL", "550 not you")}, fate: permanent, want: "550"},
		{name: "recipient 450", server: smtptest.Options{Reply: on("RCPT", "450 greylisted")}, want: "450"},
		{name: "recipient 550", server: smtptest.Options{Reply: on("RCPT", "550 unknown")}, fate: permanent, want: "me@example.org"},
		{name: "data 451", server: smtptest.Options{Reply: on("DATA", "451 later")}, want: "451"},
		{name: "message 451", server: smtptest.Options{Reply: on(".", "451 scanner is down")}, want: "451"},
		{name: "message 554", server: smtptest.Options{Reply: on(".", "554 spam")}, fate: permanent, want: "554"},
		{name: "message 552", server: smtptest.Options{Reply: on(".", "552 too much")}, fate: permanent, want: "552", tooLarge: true},
		{name: "too large as announced", server: smtptest.Options{MaxSize: 5000}, fate: permanent, want: "5000", tooLarge: true, forbidden: "DATA"},
		{name: "lost at the greeting", server: smtptest.Options{Reply: on("", smtptest.Drop)}, want: "EOF"},
		{name: "lost before the message", server: smtptest.Options{Reply: on("DATA", smtptest.Drop)}, want: ""},
		{name: "lost after the message", server: smtptest.Options{Reply: on(".", smtptest.Drop)}, fate: uncertain, want: "whether", arrived: 1},
		{name: "silent", server: smtptest.Options{Reply: func(c string) string {
			if c == "RCPT" {
				time.Sleep(300 * time.Millisecond)
			}
			return ""
		}}, change: func(o *MailOptions) { o.Timeout = 100 * time.Millisecond }, want: "silent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.server.User = "me"
			if c.server.Password == "" {
				c.server.Password = secret
			}
			s := smtptest.Start(t, c.server)
			target := mailTo(t, s, "smtp", func(o *MailOptions) {
				o.Server, o.Password = "smtp://me@"+s.Addr, password
				if c.change != nil {
					c.change(o)
				}
			})
			_, err := send(t, target, weekly(t, "weekly", 1))
			if err == nil || fateOf(err).fate != c.fate || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrTooLarge) != c.tooLarge {
				t.Errorf("%v: fate %d, want %d", err, fateOf(err).fate, c.fate)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte(secret))) ||
				strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("\x00me\x00"+secret)))) {
				t.Errorf("the password is told: %v", err)
			}
			if n := len(s.Messages()); n != c.arrived {
				t.Errorf("%d messages arrived", n)
			}
			for _, command := range s.Commands() {
				if verb, _, _ := strings.Cut(command, " "); c.forbidden == verb {
					t.Errorf("it said %s", verb)
				}
			}
		})
	}
	gone := smtptest.Start(t, smtptest.Options{})
	target := mailTo(t, gone, "smtp", func(o *MailOptions) { o.Server = "smtp://127.0.0.1:1" })
	if _, err := send(t, target, weekly(t, "weekly", 1)); err == nil || IsPermanent(err) || IsUncertain(err) {
		t.Errorf("no server: %v", err)
	}
}

// TestMailHalf: a file that ends in the middle of a message, or a stop, is no message.
func TestMailHalf(t *testing.T) {
	b := weekly(t, "weekly", 1)
	ctx, cancel := context.WithCancel(context.Background())
	s := smtptest.Start(t, smtptest.Options{Reply: func(command string) string {
		if command == "DATA" { // the files were looked at already
			write(t, b.Files[1].Path, "changed")
		}
		return ""
	}})
	target := mailTo(t, s, "smtp", nil)
	if _, err := send(t, target, b); err == nil || IsUncertain(err) || IsPermanent(err) || len(s.Messages()) != 0 {
		t.Errorf("%d messages, %v", len(s.Messages()), err)
	}
	if _, err := send(t, target, b); err == nil || len(s.Commands()) > 6 {
		t.Errorf("a file that is not the one that was made: %v, %q", err, s.Commands())
	}
	s = smtptest.Start(t, smtptest.Options{Reply: func(command string) string {
		if command == "RCPT" {
			cancel()
		}
		return ""
	}})
	target = mailTo(t, s, "smtp", nil)
	b = weekly(t, "weekly", 1)
	parts, err := target.Parts(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Deliver(ctx, b, parts[0]); !errors.Is(err, context.Canceled) || len(s.Messages()) != 0 {
		t.Errorf("stopped: %d messages, %v", len(s.Messages()), err)
	}
}

// TestMailStoppedLate: who stops while the server thinks knows not what it has.
func TestMailStoppedLate(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := smtptest.Start(t, smtptest.Options{Reply: func(command string) string {
		if command == "." {
			cancel()
			return smtptest.Drop
		}
		return ""
	}})
	target, b := mailTo(t, s, "smtp", nil), weekly(t, "weekly", 1)
	parts, err := target.Parts(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Deliver(ctx, b, parts[0]); !IsUncertain(err) || len(s.Messages()) != 1 {
		t.Errorf("%d messages, %v", len(s.Messages()), err)
	}
}

func TestMailParts(t *testing.T) {
	s := smtptest.Start(t, smtptest.Options{})
	names := []string{"a.epub:epub", "b.epub:epub", "c.pdf:pdf", "d.epub:epub"} // 6,000 bytes each
	many := func(n int, domain string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf("r%d@%s", i, domain))
		}
		return out
	}
	for _, c := range []struct {
		name   string
		change func(*MailOptions)
		want   string // files and recipients of each message
	}{
		{"one message", nil, "abcd:1"},
		{"two by size", func(o *MailOptions) { o.MaxMessage = 20000 }, "abc:1 d:1"},
		{"one file each", func(o *MailOptions) { o.MaxMessage = 6001 }, "a:1 b:1 c:1 d:1"},
		{"two by number", func(o *MailOptions) { o.MaxFiles = 2 }, "ab:1 cd:1"},
		{"only EPUB", func(o *MailOptions) { o.Formats = []string{"epub"} }, "abd:1"},
		{"a Kindle", func(o *MailOptions) { o.To = []string{"me_1@kindle.com"} }, "abd:1"},
		{"a Kindle, told to", func(o *MailOptions) { o.To, o.Formats = []string{"me@Kindle.com"}, []string{"pdf", "epub"} }, "abcd:1"},
		{"a Kindle and a person", func(o *MailOptions) { o.To = []string{"me@example.org", "me@kindle.com"} }, "abd:1 abcd:1"},
		{"many people", func(o *MailOptions) { o.To = many(20, "example.org") }, "abcd:15 abcd:5"},
		{"many Kindles, large", func(o *MailOptions) { o.To, o.MaxMessage = many(16, "kindle.com"), 12001 }, "ab:15 d:15 ab:1 d:1"},
	} {
		b := weekly(t, "weekly", 1)
		b.Files = stored(t, "", names...)
		parts, err := mailTo(t, s, "smtp", c.change).Parts(b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for i, p := range parts {
			text := ""
			for _, f := range p.Files {
				text += f.Name[:1]
			}
			got = append(got, fmt.Sprintf("%s:%d", text, len(p.to)))
			if p.Index != i || p.Of != len(parts) {
				t.Errorf("%s: part %d of %d says %d of %d", c.name, i, len(parts), p.Index, p.Of)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	b := weekly(t, "weekly", 1)
	if _, err := mailTo(t, s, "smtp", func(o *MailOptions) { o.MaxMessage = 100 }).Parts(b); !errors.Is(err, ErrTooLarge) || !IsPermanent(err) {
		t.Errorf("a file larger than a message: %v", err)
	}
	if _, err := mailTo(t, s, "smtp", func(o *MailOptions) { o.Formats = []string{"mobi"} }).Parts(b); !errors.Is(err, ErrNoFiles) || !IsPermanent(err) {
		t.Errorf("no file: %v", err)
	}
	b.Title = "x\r\nBcc: all@example.org"
	if _, err := mailTo(t, s, "smtp", nil).Parts(b); !IsPermanent(err) {
		t.Errorf("a title of two lines: %v", err)
	}

	// Several messages say which they are, and have identifiers of their own.
	b = weekly(t, "weekly", 2)
	b.Contents = append(b.Contents, "x\r\ny\x00z\u2028")
	for range 200 {
		b.Contents = append(b.Contents, "more")
	}
	r := must(t, mailTo(t, s, "smtp", func(o *MailOptions) {
		o.MaxFiles, o.Subject, o.Clock = 1, "Für dich", func() time.Time { return sunday.Add(time.Hour) }
	}), b)
	got := s.Messages()
	if len(got) != 2 || r[0].MessageID == r[1].MessageID {
		t.Fatalf("%d messages, %v", len(got), r)
	}
	for i, m := range got {
		o := open(t, m.Data)
		subject, _ := (&mime.WordDecoder{}).DecodeHeader(o.header.Get("Subject"))
		if date, _ := o.header.Date(); subject != fmt.Sprintf("Für dich (%d/2)", i+1) || !date.Equal(sunday.Add(time.Hour)) {
			t.Errorf("%s of %v", subject, date)
		}
		if !strings.Contains(o.text, "3. x y z\r\n") || !strings.Contains(o.text, "… + 103") {
			t.Errorf("text %q", o.text)
		}
	}
}

func TestMailOptions(t *testing.T) {
	good := MailOptions{Server: "smtps://me@example.org@smtp.example.org", Password: password, To: []string{"you@example.org"}}
	for _, c := range []struct {
		name   string
		change func(*MailOptions)
		want   string // empty: it is right
	}{
		{"good", func(*MailOptions) {}, ""},
		{"escaped user", func(o *MailOptions) { o.Server = "smtp://me%40example.org@[::1]:2525" }, ""},
		{"no server", func(o *MailOptions) { o.Server = "" }, "smtps://"},
		{"a page", func(o *MailOptions) { o.Server = "https://example.org" }, "not of https"},
		{"a path", func(o *MailOptions) { o.Server = "smtps://example.org/x" }, "smtps://"},
		{"a password in it", func(o *MailOptions) { o.Server = "smtps://me:hunter2@example.org" }, "password_command"},
		{"what is no address", func(o *MailOptions) { o.Server = "smtps://me:hunter2@exa mple.org" }, "smtps://"},
		{"no password", func(o *MailOptions) { o.Password = nil }, "password"},
		{"no user", func(o *MailOptions) { o.Server = "smtps://smtp.example.org" }, "password"},
		{"a user who is no address", func(o *MailOptions) { o.Server = "smtps://me@smtp.example.org" }, "sender"},
		{"nobody", func(o *MailOptions) { o.To = nil }, "no address"},
		{"a recipient of two lines", func(o *MailOptions) { o.To = []string{"a@example.org\r\nBcc: b@example.org"} }, "more than one line"},
		{"a sender of two lines", func(o *MailOptions) { o.From = "a@example.org\nX: y" }, "more than one line"},
		{"a subject of two lines", func(o *MailOptions) { o.Subject = "a\rb" }, "one line"},
		{"no ASCII", func(o *MailOptions) { o.To = []string{"日@example.org"} }, "ASCII"},
		{"what is no address of mail", func(o *MailOptions) { o.To = []string{"you"} }, "no address"},
		{"a limit below 0", func(o *MailOptions) { o.MaxMessage = -1 }, "limit"},
	} {
		o := good
		c.change(&o)
		_, err := Mail(o)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is told: %v", c.name, err)
		}
	}
	// Without TLS mail goes to this machine alone, whatever the server is called.
	for addr, want := range map[string]bool{"127.0.0.1": true, "::1": true, "127.1.2.3": true, "192.0.2.1": false, "::": false, "10.0.0.1": false} {
		if got := onLoopback(&net.TCPAddr{IP: net.ParseIP(addr)}); got != want {
			t.Errorf("%s is on the loopback: %v", addr, got)
		}
	}
}

func TestAttachmentName(t *testing.T) {
	taken := map[string]bool{}
	for _, c := range []struct{ name, ascii, format, want string }{
		{"科技周刊.epub", "weekly-2026-W47.epub", "epub", "weekly-2026-W47.epub"},
		{"科技周刊.epub", "", "epub", "book.epub"},
		{"科技.epub", "", "epub", "book-2.epub"},
		{"x.pdf", "../../a\"b\r\nc.pdf", "pdf", "a-b--c.pdf"},
		{"Weekly.epub", "WEEKLY-2026-w47.epub", "epub", "WEEKLY-2026-w47-2.epub"},
		{strings.Repeat("a", 100) + ".pdf", "", "pdf", strings.Repeat("a", 60) + ".pdf"},
		{"no extension", "", "pdf", "no-extension.pdf"},
	} {
		if got := attachmentName(File{Name: c.name, ASCII: c.ascii, Format: c.format}, taken); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.name, c.ascii, got, c.want)
		}
	}
}

// FuzzMessage: whatever a book is called, a message is read back as it was meant.
func FuzzMessage(f *testing.F) {
	f.Add("科技周刊 第 1 期", "First", "科技.epub", []byte("PK\x03\x04"))
	f.Add("=?utf-8?q?x?= ?= =?", ".\n..\n--=_x", "\"\\\r\n.epub", []byte("\r\n.\r\n"))
	f.Add(strings.Repeat("long ", 300), "\x00\x1b[31m\u202e", "a/b", bytes.Repeat([]byte{0}, 200))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, title, article, name string, data []byte) {
		if breaks(title) {
			return
		}
		path := dir + "/file"
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		target, err := Mail(MailOptions{Server: "smtps://x", From: "a@example.org", To: []string{"b@example.org", "C <c@example.org>"}})
		if err != nil {
			t.Fatal(err)
		}
		b := Book{Title: title, Date: sunday, Contents: []string{article}, Files: []File{{Path: path, Name: name, Format: "epub", Bytes: int64(len(data))}}}
		parts, err := target.Parts(b)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := target.(*mailer).compose(b, parts[0])
		if err != nil {
			t.Fatal(err)
		}
		var buf bytes.Buffer
		if err := msg.write(&buf); err != nil {
			t.Fatal(err)
		}
		m := open(t, buf.Bytes())
		if len(m.header) != 8 || len(m.files) != 1 {
			t.Fatalf("%d fields, %d files", len(m.header), len(m.files))
		}
		if to, err := m.header.AddressList("To"); err != nil || len(to) != 2 {
			t.Fatalf("to %v, %v", to, err)
		}
		for _, got := range m.files {
			if !bytes.Equal(got, data) {
				t.Fatalf("the file is %q, want %q", got, data)
			}
		}
	})
}
