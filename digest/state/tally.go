package state

import (
	"context"
	"strings"
	"time"
)

// Tally is how much there is of everything, for those who watch over a machine.
type Tally struct {
	Runs       map[RunState]int      // of digests; harvests alone are not counted
	Deliveries map[DeliveryState]int //
	Articles   int                   // harvested, ever
	Unread     int                   // of those, the ones that could not be read
	Pictures   int                   // addresses of pictures that were tried, in all documents
	Missing    int                   // of those, the ones without a picture
	Digests    []DigestTally         // by name
}

// DigestTally is the part of a Tally that is one digest's.
type DigestTally struct {
	Digest string
	Issues int           // whose books were made
	Made   time.Time     // the last of them
	Took   time.Duration // from the beginning of its run until its books were whole
	Failed time.Time     // when a run failed last; zero: none did
}

// Tally counts.
func (s *Store) Tally(ctx context.Context) (Tally, error) {
	t := Tally{Runs: map[RunState]int{}, Deliveries: map[DeliveryState]int{}}
	type count struct {
		state string
		n     int
	}
	counts := func(c *count) []any { return []any{&c.state, &c.n} }
	runs, err := list(ctx, s, counts, "SELECT state, COUNT(*) FROM run WHERE digest <> '' GROUP BY state")
	if err != nil {
		return t, err
	}
	for _, c := range runs {
		t.Runs[RunState(c.state)] = c.n
	}
	deliveries, err := list(ctx, s, counts, "SELECT state, COUNT(*) FROM delivery GROUP BY state")
	if err != nil {
		return t, err
	}
	for _, c := range deliveries {
		t.Deliveries[DeliveryState(c.state)] = c.n
	}
	if _, err := s.row(ctx, s.read, []any{&t.Articles, &t.Unread}, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN doc = '' THEN 1 ELSE 0 END), 0) FROM article"); err != nil {
		return t, s.explain(err)
	}
	if _, err := s.row(ctx, s.read, []any{&t.Pictures, &t.Missing}, "SELECT COUNT(*), COALESCE(SUM(CASE WHEN asset = '' AND reason <> '' THEN 1 ELSE 0 END), 0) FROM picture"); err != nil {
		return t, s.explain(err)
	}
	t.Digests, err = list(ctx, s, func(d *DigestTally) []any { return []any{&d.Digest, &d.Issues, &d.Made, &d.Failed} },
		`SELECT digest, COUNT(made), MAX(made), MAX(CASE WHEN state = ? THEN finished END) FROM run WHERE digest <> '' GROUP BY digest ORDER BY digest`, RunFailed)
	if err != nil {
		return t, err
	}
	for i := range t.Digests {
		r, made, err := s.LastMade(ctx, t.Digests[i].Digest)
		if err != nil {
			return t, err
		}
		if made {
			t.Digests[i].Took = r.Made.Sub(r.Started)
		}
	}
	return t, nil
}

// FindRuns returns the runs with books in whose title, or in the title of one of
// whose articles, text stands, the newest first. Letters of ASCII are found in either case.
func (s *Store) FindRuns(ctx context.Context, text string, limit int) ([]Run, error) {
	pattern := "%" + likeEscaper.Replace(clean(text)) + "%"
	return list(ctx, s, (*Run).all, selectRun+`WHERE made IS NOT NULL AND (LOWER(title) LIKE LOWER(?) ESCAPE '\' OR id IN (
		SELECT item.run FROM item JOIN article ON article.id = item.article WHERE item.chosen = 1 AND LOWER(article.title) LIKE LOWER(?) ESCAPE '\'))
		ORDER BY id DESC LIMIT ?`, pattern, pattern, limit)
}

// likeEscaper takes from text what LIKE finds a meaning in.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
