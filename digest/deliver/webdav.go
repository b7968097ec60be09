package deliver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/opds"
	"github.com/leporello-press/leporello/internal/redact"
)

// WebDAVOptions say which collection of a WebDAV server books are put in.
type WebDAVOptions struct {
	// URL is the address of the collection, https://cloud.example.org/dav/books/. It is
	// made when it is missing and the one that it is in is not.
	URL      string
	User     string // empty: the server asks nobody
	Password Password
	// Keep is how many issues of each digest stay, the newest; 0: all. What is removed
	// was put there and has not changed since.
	Keep int
	// Formats are those of the files that go there; empty: all.
	Formats []string
	// AllowHTTP allows an address of http://, where everybody between reads along.
	AllowHTTP bool
	RootCAs   *x509.CertPool // nil: those of the system
	// Timeout is how long the server may be silent; 0: two minutes.
	Timeout time.Duration
}

// WebDAV is a collection of a WebDAV server (RFC 4918). What was delivered there stands
// in a file leporello-DIGEST.json in it. Files of others are never touched. Redirects
// are not followed, so that nothing is told to another server.
func WebDAV(o WebDAVOptions) (Target, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the address of the collection is to be as https://cloud.example.org/dav/books/") // its text may hold a password
	}
	if u.User != nil {
		return nil, errors.New("the address of the collection holds a user or a password; they have keys of their own")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme != "http":
		return nil, fmt.Errorf("a WebDAV server is of https://, not of %s://", u.Scheme)
	case !o.AllowHTTP:
		return nil, errors.New("the address of the collection is of http://, where everybody between reads along; allow_http allows it")
	}
	if (o.User == "") != (o.Password == nil) {
		return nil, errors.New("a user of a WebDAV server has a password, and a password a user")
	}
	if o.Keep < 0 || o.Timeout < 0 {
		return nil, errors.New("a number of issues to keep and a time limit are not below 0")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u = u.JoinPath("/")
	}
	o.Timeout = cmp.Or(o.Timeout, 2*time.Minute)
	return &webdav{o, u}, nil
}

type webdav struct {
	WebDAVOptions
	base *url.URL // ends with a slash
}

func (d *webdav) Repeatable() bool { return true }

func (d *webdav) Parts(b Book) ([]Part, error) {
	parts, err := whole(b, d.Formats)
	if err != nil {
		return nil, err
	}
	return parts, Permanent(distinct(parts[0].Files))
}

func (d *webdav) Deliver(ctx context.Context, b Book, p Part) (Receipt, error) {
	password := ""
	if d.Password != nil {
		var err error
		if password, err = d.Password(ctx); err != nil {
			return Receipt{}, fmt.Errorf("the password of the WebDAV server: %w", err)
		}
	}
	s := d.session(ctx, password)
	defer s.client.CloseIdleConnections()
	r, err := s.deliver(b, p)
	return r, hide(err, d.User, password)
}

// session is one delivery.
type session struct {
	*webdav
	ctx    context.Context
	client *http.Client
	login  login
}

func (d *webdav) session(ctx context.Context, password string) *session {
	dialer := &net.Dialer{Timeout: d.Timeout}
	return &session{webdav: d, ctx: ctx, login: login{user: d.User, password: password}, client: &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dialer.DialContext(ctx, network, addr)
				if err != nil {
					return nil, err
				}
				// The connection outlives the dialling, and ends with the delivery.
				return newWire(context.WithoutCancel(ctx), conn, d.Timeout), nil
			},
			TLSClientConfig:   &tls.Config{RootCAs: d.RootCAs, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (s *session) deliver(b Book, p Part) (Receipt, error) {
	if err := s.collection(); err != nil {
		return Receipt{}, err
	}
	note := portable("leporello-" + b.Digest + ".json")
	old, err := s.manifest(note)
	if err != nil {
		return Receipt{}, err
	}
	next := &manifest{About: about, Version: manifestVersion, Files: maps.Clone(old.Files)}
	entry := issueOf(b)
	files := map[string]File{}
	for _, f := range p.Files {
		name := portable(f.Name)
		files[name] = f
		entry.add(name, f)
		there, err := s.stat(name)
		if err != nil {
			return Receipt{}, err
		}
		if there != nil && !there.is(old.Files[name]) {
			return Receipt{}, Permanent(fmt.Errorf("%s is there already, from somebody else or changed since it was delivered", s.at(name)))
		}
	}
	for _, i := range old.Issues {
		if i.Slot == b.Slot {
			continue
		}
		i.Files = slices.DeleteFunc(i.Files, func(f issueFile) bool { _, taken := files[f.Name]; return taken })
		if len(i.Files) > 0 {
			next.Issues = append(next.Issues, i)
		}
	}
	next.Issues = append(next.Issues, entry)
	next.keep(s.Keep)
	if !next.has(b) {
		return Receipt{Detail: fmt.Sprintf("not sent: the collection keeps %d newer issues", s.Keep)}, nil
	}
	// As in a folder: what is to be there is known before it is.
	for name, f := range files {
		next.own(name, unfinished+strconv.FormatInt(f.Bytes, 10))
	}
	if err := s.remember(note, next); err != nil {
		return Receipt{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		if sha, err := digest(f.Path); err != nil {
			return Receipt{}, err
		} else if f.SHA256 != "" && sha != f.SHA256 {
			return Receipt{}, fmt.Errorf("%s is not the file that was made", f.Path)
		}
		if err := s.put(name, opds.FileType(f.Format), &payload{f.Bytes, func() (io.ReadCloser, error) { return os.Open(f.Path) }}); err != nil {
			return Receipt{}, err
		}
		there, err := s.stat(name)
		if err != nil {
			return Receipt{}, err
		}
		if there == nil {
			return Receipt{}, fmt.Errorf("%s has gone since it was put there", s.at(name))
		}
		next.Files[name] = []string{there.tag()}
	}
	removed := 0
	for _, name := range next.obsolete() {
		there, err := s.stat(name)
		if err != nil {
			return Receipt{}, err
		}
		tags := next.Files[name]
		if there != nil && there.is(tags) {
			if err := s.remove(name); err != nil {
				return Receipt{}, err
			}
			removed++
		}
		if slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, unfinished) }) {
			if err := s.remove(temporary(name)); err != nil {
				return Receipt{}, err
			}
		}
		delete(next.Files, name)
	}
	if err := s.remember(note, next); err != nil {
		return Receipt{}, err
	}
	detail := "put in " + s.base.Redacted()
	if removed > 0 {
		detail += fmt.Sprintf(", older files removed: %d", removed)
	}
	return Receipt{Detail: detail}, nil
}

// unfinished stands in a manifest before the size of a file that is being put, whose
// entity tag nobody knows yet.
const unfinished = "bytes:"

// at returns the address of a file in the collection.
func (d *webdav) at(name string) *url.URL { return d.base.JoinPath(url.PathEscape(name)) }

// collection makes the collection where it is missing.
func (s *session) collection() error {
	r, err := s.do("PROPFIND", "", depth0, text(propfind), http.StatusMultiStatus, http.StatusNotFound)
	if err != nil || r.status != http.StatusNotFound {
		return err
	}
	_, err = s.do("MKCOL", "", nil, nil, http.StatusCreated, http.StatusMethodNotAllowed) // 405: somebody just made it
	if no := (*refusal)(nil); errors.As(err, &no) && no.status == http.StatusConflict {
		return fmt.Errorf("the collection that %s is in is not there: %w", s.base, err)
	}
	return err
}

// manifest returns what is remembered of a digest.
func (s *session) manifest(name string) (*manifest, error) {
	r, err := s.do("GET", name, nil, nil, http.StatusOK, http.StatusNotFound)
	if err != nil {
		return nil, err
	}
	if r.status == http.StatusNotFound {
		r.body = nil
	}
	return parseManifest(r.body, s.at(name).String())
}

func (s *session) remember(name string, m *manifest) error {
	b, err := m.bytes()
	if err != nil {
		return err
	}
	return s.put(name, "application/json", text(string(b)))
}

// put makes a file, whole or not at all: under another name first, then moved.
func (s *session) put(name, mediaType string, body *payload) error {
	temp := temporary(name)
	header := http.Header{"Content-Type": {mediaType}}
	if _, err := s.do("PUT", temp, header, body, http.StatusOK, http.StatusCreated, http.StatusNoContent); err != nil {
		return err
	}
	there, err := s.stat(temp)
	if err != nil {
		return err
	}
	if there == nil || there.Length != strconv.FormatInt(body.size, 10) {
		return fmt.Errorf("%s did not arrive whole", name)
	}
	header = http.Header{"Destination": {s.at(name).String()}, "Overwrite": {"T"}}
	_, err = s.do("MOVE", temp, header, nil, http.StatusCreated, http.StatusNoContent)
	return err
}

// temporary is what a file is called before it is whole. Servers refuse .part, and names
// with a dot first.
func temporary(name string) string {
	h := sha256.Sum256([]byte(name))
	return "leporello-" + hex.EncodeToString(h[:8]) + ".tmp"
}

func (s *session) remove(name string) error {
	_, err := s.do("DELETE", name, nil, nil, http.StatusOK, http.StatusNoContent, http.StatusNotFound)
	return err
}

// properties are those of a file that are asked for.
type properties struct {
	Length   string `xml:"DAV: getcontentlength"`
	Modified string `xml:"DAV: getlastmodified"`
	Tag      string `xml:"DAV: getetag"`
}

// tag returns what changes when the file does: its entity tag or, without one, its size
// and date.
func (p *properties) tag() string { return cmp.Or(p.Tag, p.Length+" "+p.Modified) }

// is tells whether the file is one that a manifest knows.
func (p *properties) is(tags []string) bool {
	return slices.Contains(tags, p.tag()) || slices.Contains(tags, unfinished+p.Length)
}

const propfind = `<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="DAV:"><prop><getcontentlength/><getlastmodified/><getetag/></prop></propfind>`

var depth0 = http.Header{"Depth": {"0"}, "Content-Type": {"application/xml; charset=utf-8"}}

// stat returns the properties of a file; nil: there is none.
func (s *session) stat(name string) (*properties, error) {
	r, err := s.do("PROPFIND", name, depth0, text(propfind), http.StatusMultiStatus, http.StatusNotFound)
	if err != nil || r.status == http.StatusNotFound {
		return nil, err
	}
	var answer struct {
		Responses []struct {
			Stats []struct {
				Status string     `xml:"DAV: status"`
				Prop   properties `xml:"DAV: prop"`
			} `xml:"DAV: propstat"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal(r.body, &answer); err != nil {
		return nil, fmt.Errorf("%s: what the server says of it makes no sense: %w", s.at(name), err)
	}
	for _, response := range answer.Responses {
		for _, stat := range response.Stats {
			if strings.Contains(stat.Status+" ", " 200 ") {
				return &stat.Prop, nil
			}
		}
	}
	return nil, fmt.Errorf("%s: the server says nothing of it", s.at(name))
}

// payload is what is sent with a request; it may have to be sent twice.
type payload struct {
	size int64
	open func() (io.ReadCloser, error)
}

func text(s string) *payload {
	return &payload{int64(len(s)), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

// answer is what a server said.
type answer struct {
	status int
	body   []byte
}

// maxAnswer is how many bytes of an answer are read: manifests of years are smaller.
const maxAnswer = 16 << 20

// refusal is an answer that was not wanted.
type refusal struct {
	what   string
	status int
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %d %s", r.what, r.status, http.StatusText(r.status)))
}

// do asks for something of a file of the collection, or with no name of the collection
// itself. A request is sent a second time when the server wants to know who asks.
func (s *session) do(method, name string, header http.Header, body *payload, wanted ...int) (*answer, error) {
	at := s.base
	if name != "" {
		at = s.at(name)
	}
	for try := 0; ; try++ {
		req, err := http.NewRequestWithContext(s.ctx, method, at.String(), nil)
		if err != nil {
			return nil, err
		}
		maps.Copy(req.Header, header)
		if body != nil {
			if req.Body, err = body.open(); err != nil {
				return nil, err
			}
			req.GetBody, req.ContentLength = body.open, body.size
		}
		if s.login.user != "" {
			if err := s.login.sign(req); err != nil {
				return nil, err
			}
		}
		resp, err := s.client.Do(req)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if slices.Contains(wanted, resp.StatusCode) {
			return &answer{resp.StatusCode, b}, nil
		}
		if resp.StatusCode == http.StatusUnauthorized && s.login.user != "" && try == 0 && s.login.challenge(resp.Header) {
			continue
		}
		return nil, refused(&refusal{method + " " + at.String(), resp.StatusCode}, resp.Header)
	}
}

// refused marks a refusal by what it means for another attempt.
func refused(r *refusal, header http.Header) error {
	switch {
	case r.status >= 300 && r.status < 400:
		return Permanent(fmt.Errorf("%w: the server sends us to %s; if that is right, give that address", r, redact.Address(header.Get("Location"))))
	case r.status == http.StatusRequestEntityTooLarge:
		return Permanent(fmt.Errorf("%w: %w", r, ErrTooLarge))
	case r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable:
		seconds, _ := strconv.Atoi(header.Get("Retry-After")) // a date is as good as nothing
		return Later(r, time.Duration(max(0, min(seconds, 86400)))*time.Second)
	case r.status == http.StatusConflict || r.status == http.StatusLocked || r.status == http.StatusRequestTimeout || r.status >= 500:
		return r
	}
	return Permanent(r)
}
