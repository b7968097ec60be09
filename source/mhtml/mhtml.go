// Package mhtml reads web pages that a browser saved as one file with their
// pictures (RFC 2557, .mht and .mhtml). It takes the file apart; what the page
// means is left to source/tree, and where the article stands in it to
// source/webpage. Styles, scripts and frames are not read.
package mhtml

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/charset"
	"github.com/leporello-press/leporello/source/date"
	"github.com/leporello-press/leporello/source/tree"
	"github.com/leporello-press/leporello/source/webpage"
)

// The bounds of a file.
const (
	maxParts = 10_000
	maxDepth = 5 // of parts within parts
)

// ErrNoPage is the error for a file without a page in it.
var ErrNoPage = errors.New("no part of the file is an HTML page")

// Reader reads MHTML. The zero value is good.
type Reader struct {
	Options source.Options
	// Page says how the page is reduced to its article.
	Page webpage.Options

	left func(string) // see tree.Page
}

var _ source.Reader = Reader{}

// Name implements source.Reader.
func (Reader) Name() string { return "mhtml" }

// Match tells whether in is MHTML: by its declared type, by the ending of its name,
// or for streams by the head of a message.
func (Reader) Match(in source.Input) bool {
	t, _, _ := strings.Cut(strings.ToLower(in.Type), ";")
	switch strings.TrimSpace(t) {
	case "multipart/related", "message/rfc822", "application/x-mimearchive":
		return true
	}
	switch strings.ToLower(path.Ext(in.Name)) {
	case ".mht", ".mhtml":
		return true
	case "":
		head := bytes.ToLower(in.Data[:min(len(in.Data), 4096)])
		return bytes.Contains(head, []byte("mime-version:")) && bytes.Contains(head, []byte("multipart/related"))
	}
	return false
}

// Read implements source.Reader. It yields one document.
func (r Reader) Read(in source.Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return source.One("mhtml", in, report, r.read)
}

func (r Reader) read(in source.Input, report func(article.Issue)) (*article.Document, error) {
	limit := r.Options.Limit()
	f := file{left: limit, byName: map[string]*part{}}
	m, err := mail.ReadMessage(bytes.NewReader(bytes.TrimLeft(in.Data, "\r\n \t\ufeff")))
	if err != nil {
		return nil, err
	}
	if err := f.parts(textproto.MIMEHeader(m.Header), m.Body, 0); err != nil {
		if f.page == nil {
			return nil, err
		}
		report(article.Issue{Severity: article.Loss, Code: "mhtml.broken", Detail: "the file ends or breaks off in its parts: " + err.Error(), Action: "what came before is taken"})
	}
	if f.page == nil {
		return nil, ErrNoPage
	}
	page := source.Input{Name: in.Name, Base: f.page.location}
	text, err := charset.Decode(f.page.data, f.page.mediaType, limit, report)
	if err != nil {
		return nil, err
	}
	for _, p := range f.frames {
		text, err := charset.Decode(p.data, p.mediaType, limit, func(article.Issue) {})
		if n := characters(text); n > 0 || err != nil {
			report(article.Issue{Severity: article.Info, Code: "mhtml.frame", URL: p.location, Detail: fmt.Sprintf("a page within the page, of %d characters", n), Action: "left out"})
		}
	}
	text, full := f.embed(text, 2*limit)
	if full {
		report(article.Issue{Severity: article.Warning, Code: "mhtml.large", Detail: "the page shows its pictures so often that they would not fit into memory", Action: "the later ones are fetched"})
	}
	var meta article.Meta
	if page.Base == "" {
		meta.URL = webAddress(m.Header.Get("Snapshot-Content-Location"))
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = ""
	}
	subject = strings.Join(strings.Fields(subject), " ")
	doc, err := tree.Build(tree.Page{Input: page, Meta: meta, Text: text, Whole: &r.Page, Left: r.left}, r.Options, func(i article.Issue) {
		if i.Code != "title.missing" || subject == "" {
			report(i)
		}
	})
	if err != nil {
		return nil, err
	}
	if doc.Meta.Title == "" {
		doc.Meta.Title = subject
	}
	if t, _, err := date.Parse(m.Header.Get("Date"), r.Options.Zone); err == nil {
		doc.Meta.Extra = append(doc.Meta.Extra, article.Field{Key: "saved", Value: t.Format("2006-01-02T15:04:05Z07:00")})
	}
	return doc, nil
}

func webAddress(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// file is a file taken apart.
type file struct {
	left   int64 // bytes that may still be decoded
	count  int
	page   *part
	frames []*part          // the other pages
	byName map[string]*part // by location, and by "cid:" and content id
}

type part struct {
	mediaType string // with its parameters
	location  string // a web address, or empty
	data      []byte
	uri       string // data as a data: address, once it was needed
}

// parts reads the body of a message or part with the given head.
func (f *file) parts(head textproto.MIMEHeader, body io.Reader, depth int) error {
	if f.count++; f.count > maxParts {
		return fmt.Errorf("more than %d parts", maxParts)
	}
	kind, params, err := mime.ParseMediaType(head.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		if depth >= maxDepth {
			return nil
		}
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := f.parts(p.Header, p, depth+1); err != nil {
				return err
			}
		}
	}
	data, err := io.ReadAll(io.LimitReader(decoder(head, body), f.left+1))
	if int64(len(data)) > f.left {
		return charset.ErrTooLarge
	}
	f.left -= int64(len(data))
	p := &part{mediaType: head.Get("Content-Type"), data: data}
	name := strings.Join(strings.Fields(head.Get("Content-Location")), "")
	p.location = webAddress(name)
	if f.byName[name] == nil && name != "" {
		f.byName[name] = p
	}
	if id := strings.Trim(strings.TrimSpace(head.Get("Content-Id")), "<>"); id != "" && f.byName["cid:"+id] == nil {
		f.byName["cid:"+id] = p
	}
	if kind == "text/html" || kind == "application/xhtml+xml" {
		if f.page == nil {
			f.page = p
		} else {
			f.frames = append(f.frames, p)
		}
	}
	return err
}

// characters counts those of the text of a page, white space and scripts aside.
func characters(page []byte) int {
	n := 0
	text := true
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken:
			name, _ := z.TagName()
			text = !slices.Contains([]string{"script", "style", "title", "noscript", "template"}, string(name))
		case html.EndTagToken:
			text = true
		case html.TextToken:
			if text {
				n += utf8.RuneCountInString(strings.Join(strings.Fields(string(z.Text())), ""))
			}
		}
	}
}

func decoder(head textproto.MIMEHeader, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(head.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

// embed replaces the addresses of pictures that are parts of the file by their
// bytes. full tells that room, in bytes, was not enough.
func (f *file) embed(page []byte, room int64) (out []byte, full bool) {
	base, err := url.Parse(f.page.location)
	if err != nil {
		base = &url.URL{}
	}
	replace := func(ref string) string {
		ref = strings.TrimSpace(ref)
		p := f.byName[ref]
		if p == nil {
			u, err := url.Parse(ref)
			if err != nil {
				return ""
			}
			u = base.ResolveReference(u)
			if p = f.byName[u.String()]; p == nil {
				u.Fragment = ""
				p = f.byName[u.String()]
			}
		}
		if p == nil || p == f.page {
			return ""
		}
		kind, _, err := mime.ParseMediaType(p.mediaType)
		if err != nil || !strings.HasPrefix(kind, "image/") {
			return ""
		}
		if p.uri == "" {
			p.uri = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(p.data)
		}
		if room -= int64(len(p.uri)); room < 0 {
			full = true
			return ""
		}
		return p.uri
	}
	var b bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.ErrorToken {
			b.Write(raw)
			return b.Bytes(), full
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			b.Write(raw)
			continue
		}
		raw = bytes.Clone(raw) // reading the attributes changes what it is a part of
		tok := z.Token()
		switch tok.Data {
		case "img", "source", "image", "video", "input", "amp-img":
		default:
			b.Write(raw)
			continue
		}
		changed := false
		keep := tok.Attr[:0]
		for _, a := range tok.Attr {
			switch {
			case a.Key == "srcset" || strings.HasPrefix(a.Key, "data-") && strings.HasSuffix(a.Key, "srcset"):
				// The first of the candidates that is in the file is the one the browser chose.
				for c := range strings.SplitSeq(a.Val, ",") {
					ref, _, _ := strings.Cut(strings.TrimSpace(c), " ")
					if v := replace(ref); v != "" {
						keep = append(keep, html.Attribute{Key: a.Key, Val: v})
						changed = true
						break
					}
				}
				if !changed {
					keep = append(keep, a)
				}
				continue
			case a.Key == "src" || a.Key == "poster" || a.Key == "href" || a.Key == "data-src" || a.Key == "data-original":
				if v := replace(a.Val); v != "" {
					a.Val = v
					changed = true
				}
			}
			keep = append(keep, a)
		}
		if !changed {
			b.Write(raw)
			continue
		}
		tok.Attr = keep
		b.WriteString(tok.String())
		b.Write(bytes.Repeat([]byte("\n"), bytes.Count(raw, []byte("\n")))) // places stay true
	}
}
