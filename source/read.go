package source

import (
	"errors"
	"fmt"
	"iter"

	"github.com/leporello-press/leporello/article"
)

// Read yields the documents of in as the first of the readers that matches reads
// them. An input that none matches is an error. A reader that panics fails this
// input only: whoever wrote the input could otherwise take the whole book with it.
func Read(readers []Reader, in Input, report func(article.Issue)) iter.Seq2[*article.Document, error] {
	return func(yield func(*article.Document, error) bool) {
		r := ReaderOf(readers, in)
		if r == nil {
			yield(nil, errors.New("no reader knows this format"))
			return
		}
		stopped, err := drive(r, in, report, yield)
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// ErrElsewhere is wrapped by the error of a document that is read with another
// input: the second page of an article. It is left out, and nothing is lost.
var ErrElsewhere = errors.New("it is read with another input")

// ReaderOf returns the first of the readers that matches in; nil: none does.
func ReaderOf(readers []Reader, in Input) Reader {
	for _, r := range readers {
		if r.Match(in) {
			return r
		}
	}
	return nil
}

// drive runs a reader. A panic of yield, which is the caller's, goes on; one of
// the reader is returned as an error.
func drive(r Reader, in Input, report func(article.Issue), yield func(*article.Document, error) bool) (stopped bool, err error) {
	inYield := false
	defer func() {
		if inYield {
			return
		}
		if p := recover(); p != nil {
			err = fmt.Errorf("reader %s failed: %v", r.Name(), p)
		}
	}()
	r.Read(in, report)(func(doc *article.Document, err error) bool {
		inYield = true
		more := yield(doc, err)
		inYield = false
		stopped = !more
		return more
	})
	return stopped, nil
}
