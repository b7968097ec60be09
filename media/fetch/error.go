package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/media"
)

// Reason is a stable code for why something could not be fetched. Codes are
// written to reports and never change their meaning. An answer with an HTTP
// status of 400 and above has the code "http_" and the status.
type Reason string

// The reasons beside "http_…".
const (
	Blocked          Reason = "ssrf_blocked"       // the guard refuses the address
	BadAddress       Reason = "bad_address"        // not an address that can be asked
	BadScheme        Reason = "unsupported_scheme" // file:, ftp:, javascript:, …
	OutsideFolder    Reason = "outside_folder"     // a path that leaves the article's folder
	Missing          Reason = "file_missing"       // no such local file
	NoDNS            Reason = "dns"                // the name has no address
	Unreachable      Reason = "unreachable"        // no connection
	BadTLS           Reason = "tls"                // the certificate or the handshake is wrong
	Timeout          Reason = "timeout"            // too slow, at any step
	Interrupted      Reason = "interrupted"        // the connection broke, or the body was cut short
	TooManyRedirects Reason = "too_many_redirects"
	TooLarge         Reason = "too_large" // more bytes than allowed
	DecodeLimit      Reason = "decode_limit"
	DecodeFailed     Reason = "decode_failed"
	UnsupportedType  Reason = "unsupported_type"
	NotAnImage       Reason = "not_an_image"
	Tracker          Reason = "tracker" // a picture of two by two pixels or less
	Disallowed       Reason = "robots"  // the host's robots.txt, of what nobody named
	Offline          Reason = "offline" // not in the index, and the network is not to be used
	Canceled         Reason = "canceled"
	Failed           Reason = "failed" // anything else: a full disk, say
)

// Error is why something could not be fetched.
type Error struct {
	Reason Reason
	Host   string // whose fault it is, with its port if it is not the usual one; empty: none
	Phrase string // a few words: "HTTP 403", "timed out"
	Hint   string // what the person may do; empty: nothing
	Status int    // the HTTP status; 0: there was no answer
	Err    error  // the cause; may be nil
}

// Error returns what a placeholder says: "n.sinaimg.cn: HTTP 403".
func (e *Error) Error() string {
	if e.Host == "" {
		return e.Phrase
	}
	return e.Host + ": " + e.Phrase
}

func (e *Error) Unwrap() error { return e.Err }

// Lasting tells whether the same answer is to be expected in a minute, too.
func (e *Error) Lasting() bool {
	switch e.Reason {
	case NoDNS, Unreachable, Timeout, Interrupted, Canceled, Failed:
		return false
	}
	return !passing(e.Status)
}

// passing tells whether a status may be another the next time.
func passing(status int) bool {
	switch status {
	case 408, 425, 429, 500, 502, 503, 504:
		return true
	}
	return false
}

func refuse(r Reason, format string, args ...any) *Error {
	return &Error{Reason: r, Phrase: fmt.Sprintf(format, args...)}
}

var (
	errStalled = errors.New("the body stalled")
	errSlow    = errors.New("the body came too slowly")
	errTotal   = errors.New("took too long")
)

// explain turns what a request or its body failed with into an *Error.
func explain(ctx context.Context, host string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		if e.Host == "" && host != "" {
			c := *e
			c.Host, e = host, &c
		}
		return e
	}
	e = &Error{Host: host, Err: err}
	var pic *media.Error
	var dns *net.DNSError
	var netErr net.Error
	var op *net.OpError
	switch cause := context.Cause(ctx); {
	case errors.As(err, &pic):
		e.Reason, e.Phrase = Reason(pic.Reason), pic.Detail
	case errors.Is(cause, errStalled), errors.Is(cause, errSlow), errors.Is(cause, errTotal):
		e.Reason, e.Phrase = Timeout, cause.Error()
	case errors.Is(cause, context.Canceled):
		e.Reason, e.Phrase = Canceled, "canceled"
	case errors.Is(cause, context.DeadlineExceeded):
		e.Reason, e.Phrase = Timeout, "took too long"
	case errors.As(err, &dns):
		e.Reason, e.Phrase = NoDNS, "no such host"
		if !dns.IsNotFound {
			e.Phrase = "the name could not be looked up"
		}
	case isTLS(err):
		e.Reason, e.Phrase = BadTLS, "the certificate is not good"
	case errors.As(err, &op) && op.Op == "dial":
		e.Reason, e.Phrase = Unreachable, "no connection"
		if op.Timeout() {
			e.Phrase = "no connection in time"
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			e.Phrase = "connection refused"
		}
	case errors.As(err, &netErr) && netErr.Timeout():
		e.Reason, e.Phrase = Timeout, "timed out"
	case errors.Is(err, fs.ErrNotExist):
		e.Reason, e.Phrase = Missing, "no such file"
	case errors.As(err, new(wireError)):
		e.Reason, e.Phrase = Interrupted, "the connection broke"
	default:
		e.Reason, e.Phrase = Failed, redact.Text(err.Error())
	}
	return e
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &name) ||
		errors.As(err, &invalid) || errors.As(err, &record) || errors.As(err, &alert)
}
