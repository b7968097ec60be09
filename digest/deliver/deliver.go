// Package deliver takes finished books to where they are read: a folder, a mailbox, a
// WebDAV collection, or wherever a command takes them. It says what came of one attempt
// and whether another makes sense; when that is, and what is remembered of it, is
// decided by those who call it.
package deliver

import (
	"context"
	"errors"
	"net/mail"
	"time"
)

// Book is one issue of a digest, finished.
type Book struct {
	Digest string // its name
	Slot   string // what names the issue among those of the digest, whatever its number
	Issue  int    // its number; 0: none
	Title  string
	Series string
	Lang   string    // BCP 47; empty: not said
	Date   time.Time // of the issue
	// Contents are the titles of the articles, in order.
	Contents []string
	// Cover is the path of a picture, PNG or JPEG; empty: none.
	Cover string
	Files []File
}

// File is one file of a book: the whole in one format, or one volume of it.
type File struct {
	Path   string // where it lies
	Name   string // what it is to be called, without a folder; any script
	ASCII  string // the same for where only ASCII arrives unharmed, with the extension
	Format string // "epub", "pdf"
	Bytes  int64
	SHA256 string // hex
	// Volume is from 1 to Volumes; 0 of 0: the book is in one.
	Volume, Volumes int
}

// Part is what of a book goes in one attempt: one message, say. What Parts returns is
// the same for the same book, so that an attempt can be repeated by Index.
type Part struct {
	Index int // from 0
	Of    int
	Files []File

	// Of mail: who gets it, and which of how many messages to them this is.
	to                []*mail.Address
	message, messages int
}

// Receipt is what is known of a delivery that worked.
type Receipt struct {
	MessageID string // of mail
	Detail    string // for a person: where it went, the answer of a server
}

// Target is a place that books are taken to.
type Target interface {
	// Parts divides a book. An error is permanent.
	Parts(b Book) ([]Part, error)
	// Deliver takes one part there, once. Its error says by IsPermanent, IsUncertain and
	// RetryAfter what to do about it; any other may pass by itself. No error tells a
	// password.
	Deliver(ctx context.Context, b Book, p Part) (Receipt, error)
	// Repeatable tells whether delivering a part twice is the same as once.
	Repeatable() bool
}

// What a target cannot take. Both are permanent.
var (
	// ErrTooLarge says that a file is larger than the target takes.
	ErrTooLarge = errors.New("too large; max_size of the output makes books fit")
	// ErrNoFiles says that none of the book's files is for the target.
	ErrNoFiles = errors.New("no file of a format that goes there")
)

// failure is an error with what to do about it.
type failure struct {
	error
	fate  fate
	after time.Duration
}

type fate int

const (
	later     fate = iota // try again, after at least failure.after
	permanent             // trying again gives the same
	uncertain             // it may have arrived
)

func (f *failure) Unwrap() error { return f.error }

// Permanent marks an error that another attempt will not change; nil stays nil.
func Permanent(err error) error { return mark(err, permanent, 0) }

// Uncertain marks an error after which nobody knows whether the book arrived; nil
// stays nil.
func Uncertain(err error) error { return mark(err, uncertain, 0) }

// Later marks an error that may pass, and says how long to wait at least; nil stays
// nil.
func Later(err error, wait time.Duration) error { return mark(err, later, wait) }

func mark(err error, f fate, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return &failure{err, f, wait}
}

// IsPermanent tells whether another attempt is of no use.
func IsPermanent(err error) bool { return fateOf(err).fate == permanent }

// IsUncertain tells whether the book may have arrived all the same.
func IsUncertain(err error) bool { return fateOf(err).fate == uncertain }

// RetryAfter returns how long to wait at least before another attempt; 0: as one
// likes. It means nothing for an error that is permanent or uncertain.
func RetryAfter(err error) time.Duration { return fateOf(err).after }

// fateOf returns the outermost mark of an error.
func fateOf(err error) failure {
	var f *failure
	if errors.As(err, &f) {
		return *f
	}
	return failure{}
}

// whole is the division of those who take a book at once.
func whole(b Book, formats []string) ([]Part, error) {
	files := chosen(b.Files, formats)
	if len(files) == 0 {
		return nil, Permanent(ErrNoFiles)
	}
	return []Part{{Of: 1, Files: files}}, nil
}

// chosen returns the files of the formats; no formats: all.
func chosen(files []File, formats []string) []File {
	if len(formats) == 0 {
		return files
	}
	var out []File
	for _, f := range files {
		for _, format := range formats {
			if f.Format == format {
				out = append(out, f)
				break
			}
		}
	}
	return out
}
