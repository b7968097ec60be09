package deliver

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// Password gives a secret when it is needed, by running a command, say.
type Password = func(context.Context) (string, error)

// MailOptions say whom books are mailed to, and by which server.
type MailOptions struct {
	// Name is what the target is called for ever: identifiers of messages are made of
	// it, so that a provider can tell one that comes twice.
	Name string
	// Server is smtps://user@host:465, TLS from the first byte on, or
	// smtp://user@host:587, where STARTTLS must be offered. The ports are those when
	// none is given; without a user nobody logs in.
	Server   string
	Password Password // nil: there is no user
	// Token: the password is an access token of OAuth 2.
	Token bool
	From  string // empty: the user, when that is an address
	To    []string
	// Subject; empty: the title of the book. Of several messages each says which.
	Subject string
	// Formats are those of the files that are sent; empty: all, and only EPUB to
	// addresses of Send to Kindle.
	Formats []string
	// MaxMessage is how many bytes the files of one message may have; 0: 36,000,000,
	// which are just below the 50 MB of Send to Kindle as they are encoded. A book of
	// more is sent in several messages.
	MaxMessage int64
	// MaxFiles is how many files one message may have; 0: 25, as Send to Kindle takes.
	MaxFiles int
	// PlainLoopback allows a server without TLS, if it is on this machine.
	PlainLoopback bool
	RootCAs       *x509.CertPool // nil: those of the system
	// Timeout is how long the server may be silent; 0: two minutes. It has ten after a
	// message, for then it looks through it (RFC 5321 §4.5.3.2.6).
	Timeout time.Duration
	// Clock tells the date of messages; nil: that of the book.
	Clock func() time.Time
}

// maxRecipients of one message, as Send to Kindle takes.
const maxRecipients = 15

// Mail is sending books as attachments. A message is sent once: where the connection
// ends before the server has said whether it has it, the error is uncertain.
func Mail(o MailOptions) (Target, error) {
	m := &mailer{MailOptions: o}
	u, err := url.Parse(o.Server)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("the mail server is to be as smtps://user@smtp.example.org") // its text may hold a password
	}
	if _, given := u.User.Password(); given {
		return nil, errors.New("the address of the mail server holds a password; give it by password_command, password_file or password_env")
	}
	port := ""
	switch u.Scheme {
	case "smtps":
		m.tls, port = true, "465"
	case "smtp":
		port = "587"
	default:
		return nil, fmt.Errorf("a mail server is of smtps:// or smtp://, not of %s://", u.Scheme)
	}
	m.host, m.user = u.Hostname(), u.User.Username()
	m.addr = net.JoinHostPort(m.host, cmp.Or(u.Port(), port))
	if (m.user == "") != (o.Password == nil) {
		return nil, errors.New("a user of a mail server has a password, and a password a user")
	}
	from := cmp.Or(o.From, m.user)
	if m.from, err = parseAddress(from); err != nil {
		return nil, fmt.Errorf("the sender: %w", err)
	}
	if len(o.To) == 0 {
		return nil, errors.New("no address to mail to is given")
	}
	for _, to := range o.To {
		a, err := parseAddress(to)
		if err != nil {
			return nil, fmt.Errorf("the recipient: %w", err)
		}
		m.to = append(m.to, a)
	}
	if o.MaxMessage < 0 || o.MaxFiles < 0 || o.Timeout < 0 {
		return nil, errors.New("a limit of mail is not below 0")
	}
	if breaks(o.Subject) {
		return nil, errors.New("a subject has one line")
	}
	m.MaxMessage = cmp.Or(o.MaxMessage, 36_000_000)
	m.MaxFiles = cmp.Or(o.MaxFiles, 25)
	m.Timeout = cmp.Or(o.Timeout, 2*time.Minute)
	return m, nil
}

type mailer struct {
	MailOptions
	tls              bool // from the first byte on
	addr, host, user string
	from             *mail.Address
	to               []*mail.Address
}

// breaks tells whether a field of a message would end within s.
func breaks(s string) bool { return strings.ContainsAny(s, "\r\n\x00") }

// parseAddress reads an address that every server takes: ASCII, in one line.
func parseAddress(s string) (*mail.Address, error) {
	if breaks(s) {
		return nil, fmt.Errorf("%q has more than one line", s)
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%q is no address, as me@example.org is", s)
	}
	for _, r := range a.Address {
		if r <= ' ' || r >= 0x7f || r == '<' || r == '>' {
			return nil, fmt.Errorf("%q is to be in ASCII, without spaces", a.Address)
		}
	}
	return a, nil
}

// toKindle tells whether an address is one of Send to Kindle.
func toKindle(a *mail.Address) bool {
	_, domain, _ := strings.Cut(strings.ToLower(a.Address), "@")
	return domain == "kindle.com" || domain == "free.kindle.com" || domain == "kindle.cn"
}

func (m *mailer) Repeatable() bool { return false }

func (m *mailer) Parts(b Book) ([]Part, error) {
	if breaks(b.Title) {
		return nil, Permanent(errors.New("the title of the book has more than one line"))
	}
	var parts []Part
	for _, kindle := range []bool{true, false} {
		var to []*mail.Address
		for _, a := range m.to {
			if toKindle(a) == kindle {
				to = append(to, a)
			}
		}
		if len(to) == 0 {
			continue
		}
		formats := m.Formats
		if kindle && len(formats) == 0 {
			formats = []string{"epub"}
		}
		files := chosen(b.Files, formats)
		if len(files) == 0 {
			return nil, Permanent(ErrNoFiles)
		}
		messages, err := m.pack(files)
		if err != nil {
			return nil, Permanent(err)
		}
		for some := range slices.Chunk(to, maxRecipients) {
			for i, files := range messages {
				parts = append(parts, Part{Files: files, to: some, message: i + 1, messages: len(messages)})
			}
		}
	}
	for i := range parts {
		parts[i].Index, parts[i].Of = i, len(parts)
	}
	return parts, nil
}

// pack divides files into messages, in their order.
func (m *mailer) pack(files []File) ([][]File, error) {
	var out [][]File
	var bytes int64
	for i, f := range files {
		if f.Bytes > m.MaxMessage {
			return nil, fmt.Errorf("%s has %d bytes, and a message takes %d: %w", f.Name, f.Bytes, m.MaxMessage, ErrTooLarge)
		}
		if i == 0 || bytes+f.Bytes > m.MaxMessage || len(out[len(out)-1]) == m.MaxFiles {
			out, bytes = append(out, nil), 0
		}
		bytes += f.Bytes
		out[len(out)-1] = append(out[len(out)-1], f)
	}
	return out, nil
}

func (m *mailer) Deliver(ctx context.Context, b Book, p Part) (Receipt, error) {
	msg, err := m.compose(b, p)
	if err != nil {
		return Receipt{}, err
	}
	var size counter
	if err := msg.write(&size); err != nil { // a file that is not there is known before anything is sent
		return Receipt{}, err
	}
	password := ""
	if m.Password != nil {
		if password, err = m.Password(ctx); err != nil {
			return Receipt{}, fmt.Errorf("the password of the mail server: %w", err)
		}
	}
	answer, err := m.send(ctx, msg, int64(size), password)
	if err != nil {
		return Receipt{MessageID: msg.id}, hide(err, m.user, password)
	}
	return Receipt{MessageID: msg.id, Detail: "taken by " + m.host + ": " + hidden(answer, m.user, password)}, nil
}

// send hands a message to the server and returns what it said.
func (m *mailer) send(ctx context.Context, msg *message, size int64, password string) (string, error) {
	c, wire, err := m.open(ctx, password)
	if err != nil {
		return "", reply(err)
	}
	// Never Quit before the message is whole: it would end the message first, and half a
	// book would be delivered.
	defer c.Close()
	if ok, text := c.Extension("SIZE"); ok {
		if most, err := strconv.ParseInt(text, 10, 64); err == nil && most > 0 && size > most {
			return "", Permanent(fmt.Errorf("the message has %d bytes, and the server takes %d: %w", size, most, ErrTooLarge))
		}
	}
	if err := c.Mail("<" + msg.from.Address + ">"); err != nil {
		return "", reply(err)
	}
	for _, to := range msg.to {
		if err := c.Rcpt("<" + to.Address + ">"); err != nil {
			return "", reply(fmt.Errorf("%s: %w", to.Address, err))
		}
	}
	w, err := c.Data()
	if err != nil {
		return "", reply(err)
	}
	if err := msg.write(w); err != nil {
		return "", err // it did not end: it is no message
	}
	wire.wait(max(m.Timeout, 10*time.Minute))
	if err := w.Close(); err != nil {
		var said *textproto.Error
		if errors.As(err, &said) {
			return "", reply(err)
		}
		return "", Uncertain(fmt.Errorf("the connection ended before the server said whether it has the message: %w", err))
	}
	answer := ""
	if d, ok := w.(*smtp.DataCloser); ok {
		answer = d.ServerResponse()
	}
	wire.wait(min(m.Timeout, 10*time.Second))
	c.Quit() // it has the message, whatever it says now
	return answer, nil
}

// open connects and logs in.
func (m *mailer) open(ctx context.Context, password string) (*smtp.Client, *wire, error) {
	dialer := &net.Dialer{Timeout: m.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", m.addr)
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{ServerName: m.host, RootCAs: m.RootCAs, MinVersion: tls.VersionTLS12}
	wire := newWire(ctx, conn, m.Timeout)
	conn = wire
	plain := false
	if m.PlainLoopback && !m.tls {
		if !onLoopback(conn.RemoteAddr()) {
			conn.Close()
			return nil, nil, Permanent(fmt.Errorf("%s is not on this machine: mail goes there by TLS alone", m.host))
		}
		plain = true
	}
	if m.tls {
		conn = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	c.SkipSMTPUTF8(true)
	err = m.greet(c, config, plain, password)
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return c, wire, nil
}

func onLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func (m *mailer) greet(c *smtp.Client, config *tls.Config, plain bool, password string) error {
	_, domain, _ := strings.Cut(m.from.Address, "@")
	if err := c.Hello(domain); err != nil {
		return err
	}
	if !m.tls && !plain {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return fmt.Errorf("%s offers no STARTTLS, or somebody between took it away: nothing is sent without TLS", m.host)
		}
		if err := c.StartTLS(config); err != nil {
			return err
		}
	}
	if m.user == "" {
		return nil
	}
	how, err := m.auth(c, plain, password)
	if err != nil {
		return err
	}
	if err := c.Auth(how); err != nil {
		return fmt.Errorf("%s does not let %s in: %w", m.host, m.user, err)
	}
	return nil
}

// auth chooses among the ways to log in that the server offers.
func (m *mailer) auth(c *smtp.Client, plain bool, password string) (smtp.Auth, error) {
	_, offered := c.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	switch {
	case m.Token:
		return smtp.XOAuth2Auth(m.user, password), nil
	case slices.Contains(ways, "SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(m.user, password), nil
	case slices.Contains(ways, "PLAIN"):
		return smtp.PlainAuth("", m.user, password, m.host, plain), nil
	case slices.Contains(ways, "LOGIN"):
		return smtp.LoginAuth(m.user, password, m.host, plain), nil
	case slices.Contains(ways, "CRAM-MD5"):
		return smtp.CRAMMD5Auth(m.user, password), nil
	}
	return nil, Permanent(fmt.Errorf("%s offers no way to log in that is known: %q", m.host, offered))
}

// reply marks the error of a server by its code (RFC 5321 §4.2.1). Connections that
// fail may be there again.
func reply(err error) error {
	var said *textproto.Error
	if !errors.As(err, &said) || said.Code < 500 {
		return err
	}
	if said.Code == 552 || strings.HasPrefix(said.Msg, "5.3.4") || strings.HasPrefix(said.Msg, "5.2.3") {
		return Permanent(fmt.Errorf("%w: %w", err, ErrTooLarge))
	}
	return Permanent(err)
}

// hide returns an error that tells no password, whatever a server repeats of it.
func hide(err error, user, password string) error {
	if err == nil {
		return nil
	}
	text := hidden(err.Error(), user, password)
	if text == err.Error() {
		return err
	}
	f := fateOf(err)
	f.error = errors.New(text)
	return &f
}

// hidden takes a password out of a text, as it is and as it is sent.
func hidden(text, user, password string) string {
	if password == "" {
		return text
	}
	encode := base64.StdEncoding.EncodeToString
	for _, secret := range []string{
		encode([]byte("\x00" + user + "\x00" + password)), encode([]byte(password)), url.QueryEscape(password), password,
		encode([]byte("user=" + user + "\x01auth=Bearer " + password + "\x01\x01")),
	} {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return text
}

// wire is a connection that ends with a context, or when it is silent for too long.
type wire struct {
	net.Conn
	ctx    context.Context // whose cause is why the connection ended
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
}

var errSilent = errors.New("the server was silent for too long")

func newWire(ctx context.Context, conn net.Conn, idle time.Duration) *wire {
	w := &wire{Conn: conn, idle: idle}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	context.AfterFunc(w.ctx, func() { conn.Close() })
	w.timer = time.AfterFunc(idle, func() { w.cancel(errSilent) })
	return w
}

// wait says how long the other side may be silent from now on.
func (w *wire) wait(idle time.Duration) {
	w.idle = idle
	w.timer.Reset(idle)
}

func (w *wire) Read(p []byte) (int, error) {
	w.timer.Reset(w.idle)
	n, err := w.Conn.Read(p)
	return n, w.why(err)
}

func (w *wire) Write(p []byte) (int, error) {
	w.timer.Reset(w.idle)
	n, err := w.Conn.Write(p)
	return n, w.why(err)
}

// why returns the reason for the end of the connection, where it was ended here.
func (w *wire) why(err error) error {
	if err != nil && w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	return err
}

func (w *wire) Close() error {
	w.timer.Stop()
	w.cancel(net.ErrClosed)
	return w.Conn.Close()
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
