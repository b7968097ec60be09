package state

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/leporello-press/leporello/article"
)

// Article is one article that was harvested, as it was read last.
type Article struct {
	ID      int64  // given by PutArticle
	Source  string // the name of the source in the configuration
	GUID    string // as the source has it; may be empty
	URL     string // the canonical address; may be empty
	Name    string // what messages call it: the path or address of its input
	Content string // the SHA-256 of the text without its white space, in hexadecimal; empty: it was not read
	Title   string
	Lang    string
	Near    uint64 // the simhash of the text: those of like texts differ in few bits
	Chars   int    // of the text
	Section []string
	// Published is the date that it has itself; zero: it has none.
	Published time.Time
	// FirstSeen and LastSeen are when it was harvested the first time and the last
	// time, Changed when its content last was another than before; zero: never.
	FirstSeen, LastSeen, Changed time.Time
	Draft                        bool
	Expires                      time.Time // zero: it does not
	Extent                       article.Extent
	Doc                          string // the blob of the document's JSON; empty: it could not be read
	Issues                       []byte // of reading it: JSON, a list of article.Issue; nil: none
	Error                        string // why it could not be read
	Revision                     int    // how often its content has changed
	// Entry tells apart what its source says of it, where that is only a part: as long
	// as it is the same, the whole need not be had again. Empty: its source has the whole.
	Entry string
	// Weighed is when a run last decided about it for good: took it, or left it out for
	// a reason that time does not mend. Zero: none did. PutArticle leaves it alone.
	Weighed time.Time
}

const articleColumns = `source, guid, url, content, title, lang, near, chars, section, published, first_seen, last_seen, changed,
	draft, expires, extent, doc, issues, error, revision, name, entry`

func (a *Article) fields() []any {
	return []any{&a.Source, &a.GUID, &a.URL, &a.Content, &a.Title, &a.Lang, &a.Near, &a.Chars, &a.Section, &a.Published, &a.FirstSeen, &a.LastSeen, &a.Changed,
		&a.Draft, &a.Expires, &a.Extent, &a.Doc, &a.Issues, &a.Error, &a.Revision, &a.Name, &a.Entry}
}

const selectArticle = "SELECT id, weighed, " + articleColumns + " FROM article "

func (a *Article) all() []any { return append([]any{&a.ID, &a.Weighed}, a.fields()...) }

// identity returns what tells an article from the others of its source.
func (a *Article) identity() (string, error) {
	switch {
	case a.GUID != "":
		return fold("g:" + a.GUID), nil
	case a.URL != "":
		return fold("u:" + a.URL), nil
	case a.Content != "":
		return fold("c:" + a.Content), nil
	}
	return "", errors.New("an article without guid, address and content")
}

// PutArticle remembers a reading of an article, and makes a what is known of the
// article now. Fresh tells that it was not known before, changed that its content
// is another than that of the last reading.
//
// Which article it is, is told by its source and its GUID; where it has none by its
// address; where it has none by its content. A LastSeen of zero is now. A reading
// that failed, or has less of the article than one before (an excerpt, where its
// page was read once), does not take the place of that one: but for LastSeen, all
// stays as it was.
func (s *Store) PutArticle(ctx context.Context, a *Article) (fresh, changed bool, err error) {
	identity, err := a.identity()
	if err != nil {
		return false, false, s.explain(err)
	}
	read := *a
	if read.LastSeen.IsZero() {
		read.LastSeen = s.now()
	}
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		read.FirstSeen, read.Changed, read.Revision, read.Weighed = read.LastSeen, time.Time{}, 0, time.Time{}
		n, err := s.exec(ctx, tx, "INSERT INTO article (identity, "+articleColumns+") VALUES "+marks(1+len(read.fields()))+" ON CONFLICT DO NOTHING",
			append([]any{identity}, read.fields()...)...)
		if err != nil {
			return err
		}
		fresh = n == 1
		var known Article
		if _, err := s.row(ctx, tx, known.all(), selectArticle+"WHERE source = ? AND identity = ?"+s.dialect.forUpdate(), read.Source, identity); err != nil || fresh {
			read = known
			return err
		}
		read.ID, read.FirstSeen, read.Changed, read.Revision, read.Weighed = known.ID, known.FirstSeen, known.Changed, known.Revision, known.Weighed
		if read.LastSeen.Before(known.LastSeen) {
			read.LastSeen = known.LastSeen // the clock was put back
		}
		switch {
		case known.Doc != "" && (read.Doc == "" || read.Extent > known.Extent):
			known.LastSeen = read.LastSeen
			read = known
		case known.Doc != "" && clean(read.Content) != known.Content:
			changed = true
			read.Changed = read.LastSeen
			read.Revision++
		}
		if _, err := s.exec(ctx, tx, "UPDATE article SET ("+articleColumns+") = "+marks(len(read.fields()))+" WHERE id = ?", append(read.fields(), read.ID)...); err != nil {
			return err
		}
		_, err = s.row(ctx, tx, read.all(), selectArticle+"WHERE id = ?", read.ID)
		return err
	})
	if err != nil {
		return false, false, err
	}
	*a = read
	return fresh, changed, nil
}

// ArticleQuery says which articles are wanted. The zero query wants all.
type ArticleQuery struct {
	Sources []string // empty: of every one
	// From and To bound when it was, the end not included: an article is wanted when
	// its date, or when it was first seen, lies between them. Zero: no bound.
	From, To time.Time
	IDs      []int64 // empty: all
}

// batch is how many rows are read at once by what goes over many: no connection is
// held while a caller looks at them.
const batch = 200

// Articles goes over articles in the order in which they were first seen. It ends
// with an error. The caller may write to the store meanwhile.
func (s *Store) Articles(ctx context.Context, q ArticleQuery) iter.Seq2[Article, error] {
	return func(yield func(Article, error) bool) {
		var where []string
		var args []any
		if len(q.Sources) > 0 {
			where = append(where, "source IN "+marks(len(q.Sources)))
			for _, source := range q.Sources {
				args = append(args, source)
			}
		}
		var either []string
		for _, column := range []string{"published", "first_seen"} {
			var bounds []string
			if !q.From.IsZero() {
				bounds = append(bounds, column+" >= ?")
				args = append(args, q.From)
			}
			if !q.To.IsZero() {
				bounds = append(bounds, column+" < ?")
				args = append(args, q.To)
			}
			if len(bounds) > 0 {
				either = append(either, strings.Join(bounds, " AND "))
			}
		}
		if len(either) > 0 {
			where = append(where, "("+strings.Join(either, " OR ")+")")
		}
		// The numbers first: bounds are found in the indexes once, and not again for
		// every batch.
		ids := slices.Compact(slices.Sorted(slices.Values(q.IDs)))
		if len(q.IDs) == 0 || len(where) > 0 {
			query := "SELECT id FROM article"
			if len(where) > 0 {
				query += " WHERE " + strings.Join(where, " AND ")
			}
			found, err := list(ctx, s, func(id *int64) []any { return []any{id} }, query+" ORDER BY id", args...)
			if err != nil {
				yield(Article{}, err)
				return
			}
			if len(q.IDs) > 0 {
				found = slices.DeleteFunc(found, func(id int64) bool {
					_, wanted := slices.BinarySearch(ids, id)
					return !wanted
				})
			}
			ids = found
		}
		for len(ids) > 0 {
			n := min(len(ids), batch)
			var some []any
			for _, id := range ids[:n] {
				some = append(some, id)
			}
			ids = ids[n:]
			articles, err := list(ctx, s, (*Article).all, selectArticle+"WHERE id IN "+marks(n)+" ORDER BY id", some...)
			if err != nil {
				yield(Article{}, err)
				return
			}
			for _, a := range articles {
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

// Article returns one article.
func (s *Store) Article(ctx context.Context, id int64) (Article, error) {
	var a Article
	there, err := s.row(ctx, s.read, a.all(), selectArticle+"WHERE id = ?", id)
	if err == nil && !there {
		err = notFound("article", id)
	}
	return a, s.explain(err)
}
