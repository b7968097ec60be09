package deliver

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/leporello-press/leporello/digest/opds"
)

// message is one mail: a text that lists what is in the book, and its files. It is
// written as it is read, and the same each time.
type message struct {
	id      string // Message-ID, with its brackets
	from    *mail.Address
	to      []*mail.Address
	subject string
	date    time.Time
	text    string
	files   []File
	names   []string // of the attachments
}

// compose makes the message of one part.
func (m *mailer) compose(b Book, p Part) (*message, error) {
	if len(p.to) == 0 {
		return nil, Permanent(errors.New("the part was not made by Parts"))
	}
	msg := &message{from: m.from, to: p.to, files: p.Files, subject: m.Subject, date: b.Date}
	if m.Clock != nil {
		msg.date = m.Clock()
	}
	if msg.subject == "" {
		msg.subject = b.Title
	}
	if title := []rune(msg.subject); len(title) > 200 {
		msg.subject = string(title[:199]) + "…"
	}
	if p.messages > 1 {
		msg.subject += fmt.Sprintf(" (%d/%d)", p.message, p.messages)
	}
	h := sha256.Sum256([]byte(strings.Join([]string{b.Digest, b.Slot, m.Name, fmt.Sprint(p.Index)}, "\x00")))
	_, domain, _ := strings.Cut(m.from.Address, "@")
	msg.id = "<" + hex.EncodeToString(h[:16]) + "@" + domain + ">"

	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", b.Title)
	for i, title := range b.Contents[:min(len(b.Contents), maxContents)] {
		fmt.Fprintf(&text, "%d. %s\n", i+1, line(title))
	}
	if more := len(b.Contents) - maxContents; more > 0 {
		fmt.Fprintf(&text, "… + %d\n", more)
	}
	text.WriteString("\n")
	taken := map[string]bool{}
	for _, f := range p.Files {
		name := attachmentName(f, taken)
		msg.names = append(msg.names, name)
		fmt.Fprintf(&text, "%s: %s\n", name, line(f.Name))
	}
	msg.text = text.String()
	return msg, nil
}

// line returns a text in one line.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// attachmentName returns a name of letters, digits, dots, dashes and underscores, which
// arrives everywhere as it was sent, and which no other attachment of the message has.
func attachmentName(f File, taken map[string]bool) string {
	name := f.ASCII
	if name == "" {
		name = f.Name
	}
	plain := func(s string) string {
		return strings.Trim(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r) {
				return r
			}
			return '-'
		}, s), "-.")
	}
	ext := plain(f.Format)
	base := plain(strings.TrimSuffix(name, filepath.Ext(name)))
	if base == "" {
		base = "book"
	}
	base = base[:min(len(base), 60)]
	name = base + "." + ext
	for n := 2; taken[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s-%d.%s", base, n, ext)
	}
	taken[strings.ToLower(name)] = true
	return name
}

// write writes the message. It is an error when a file is not the one that was made.
func (msg *message) write(w io.Writer) error {
	var to []string
	for _, a := range msg.to {
		to = append(to, a.String())
	}
	parts := multipart.NewWriter(w)
	h := sha256.Sum256([]byte(msg.id))
	// Encoded parts have no such line: it would need a "=" before what is no hex digit.
	if err := parts.SetBoundary("=_" + hex.EncodeToString(h[:16])); err != nil {
		return err
	}
	head := [][2]string{
		{"From", msg.from.String()},
		{"To", strings.Join(to, ",\r\n ")},
		// Words of at most 75 characters, each on a line of its own (RFC 2047 §2).
		{"Subject", strings.ReplaceAll(mime.BEncoding.Encode("utf-8", msg.subject), "?= =?", "?=\r\n =?")},
		{"Date", msg.date.Format(time.RFC1123Z)},
		{"Message-ID", msg.id},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody's holiday answers it
		{"MIME-Version", "1.0"},
		{"Content-Type", `multipart/mixed; boundary="` + parts.Boundary() + `"`},
	}
	for _, field := range head {
		if _, err := fmt.Fprintf(w, "%s: %s\r\n", field[0], field[1]); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, "\r\n"); err != nil {
		return err
	}
	part, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type": {"text/plain; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	text := quotedprintable.NewWriter(part)
	if _, err := io.WriteString(text, msg.text); err != nil {
		return err
	}
	if err := text.Close(); err != nil {
		return err
	}
	for i, f := range msg.files {
		part, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {fmt.Sprintf("%s; name=%q", opds.FileType(f.Format), msg.names[i])},
			"Content-Disposition":       {fmt.Sprintf("attachment; filename=%q", msg.names[i])},
			"Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return err
		}
		if err := attach(part, f); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return parts.Close()
}

// attach writes a file in base64.
func attach(w io.Writer, f File) error {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	encoded := base64.NewEncoder(base64.StdEncoding, &lines{w: w})
	if _, err := io.Copy(io.MultiWriter(encoded, h), file); err != nil {
		return err
	}
	if f.SHA256 != "" && hex.EncodeToString(h.Sum(nil)) != f.SHA256 {
		return errors.New("is not the file that was made")
	}
	return encoded.Close()
}

// lines breaks what is written into lines of 76 bytes (RFC 2045 §6.8).
type lines struct {
	w      io.Writer
	column int
}

func (l *lines) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		if l.column == 76 {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return n, err
			}
			l.column = 0
		}
		some := p[:min(len(p), 76-l.column)]
		k, err := l.w.Write(some)
		n += k
		l.column += k
		if err != nil {
			return n, err
		}
		p = p[len(some):]
	}
	return n, nil
}
