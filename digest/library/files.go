package library

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/leporello-press/leporello/digest/blob"
	"github.com/leporello-press/leporello/digest/opds"
	"github.com/leporello-press/leporello/digest/state"
)

func mediaType(o state.Output) string { return opds.FileType(strings.ToLower(extension(o))) }

// goneError says that a file was made and is not there any more.
type goneError struct {
	digest string
	number int
	err    error
}

func (g *goneError) Error() string { return "the file is gone: " + g.err.Error() }
func (g *goneError) Unwrap() error { return g.err }

// missing turns an answer of the state that there is none into errNotFound.
func missing(err error) error {
	if errors.Is(err, state.ErrNotFound) {
		return errNotFound
	}
	return err
}

// file sends a book. Its address names a row of the state, run and number; what is
// sent is the blob of that row. The name must be the one that the page says, and
// leads nowhere by itself.
func (v *view) file(w http.ResponseWriter) error {
	runID, number, ok := strings.Cut(v.r.PathValue("file"), "-")
	run, err := strconv.ParseInt(runID, 10, 64)
	n, err2 := strconv.Atoi(number)
	if !ok || err != nil || err2 != nil {
		return errNotFound
	}
	i, err := v.published(run)
	if err != nil {
		return err
	}
	for _, o := range i.Outputs {
		if o.N == n && plainName(i, o) == v.r.PathValue("name") {
			return v.send(w, i, o)
		}
	}
	return errNotFound
}

func (v *view) send(w http.ResponseWriter, i *issue, o state.Output) error {
	book, err := v.Blobs.Open(v.ctx(), o.Blob)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) {
		return &goneError{i.Run.Digest, i.Number, err}
	}
	if err != nil {
		return err
	}
	defer book.Close()
	h := w.Header()
	h.Set("Content-Type", mediaType(o))
	h.Set("Content-Disposition", disposition(plainName(i, o), fileName(o)))
	h.Set("Etag", `"`+o.Blob+`"`)
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(&steady{w, v.site}, v.r, "", i.Finished, book)
	return nil
}

// disposition names a file for programs of all ages (RFC 6266): in ASCII, and as it is.
func disposition(plain, name string) string {
	d := "attachment; filename=" + quoted(plain)
	if name != plain {
		d += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return d
}

// steady gives every piece of a long answer a time of its own: a reader on a slow line
// gets a large book, and one that has stopped to read is let go.
type steady struct {
	http.ResponseWriter
	*site
}

func (s *steady) Write(b []byte) (int, error) {
	// Where deadlines are not known, there is nobody to be slow.
	_ = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(s.Wall().Add(s.Patience))
	return s.ResponseWriter.Write(b)
}

// cover sends the cover of an issue, large or small. The address has the beginning of its
// key, so that what is at an address never changes.
func (v *view) cover(w http.ResponseWriter) error {
	part := strings.Split(v.r.PathValue("cover"), "-")
	if len(part) != 3 {
		return errNotFound
	}
	run, err := strconv.ParseInt(part[0], 10, 64)
	if err != nil {
		return errNotFound
	}
	i, err := v.published(run)
	if err != nil {
		return err
	}
	key := i.coverKey()
	if key == "" || part[2] != fmt.Sprintf("%.8s", key) {
		return errNotFound
	}
	var picture []byte
	switch part[1] {
	case "small":
		picture, err = v.thumbnail(v.ctx(), key)
	case "large":
		picture, err = blob.ReadAll(v.ctx(), v.Blobs, key, coverBytes)
	default:
		return errNotFound
	}
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrDamaged) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	serve(w, v.r, pictureType(picture), picture)
	return nil
}
