package state

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RunState is how far a run has come.
type RunState string

// The states of a run, in their order. The last four are ends.
const (
	RunPlanned    RunState = "planned"
	RunHarvesting RunState = "harvesting"
	RunSelecting  RunState = "selecting"
	RunPictures   RunState = "pictures"
	RunAssembling RunState = "assembling"
	RunMade       RunState = "made"
	RunDelivering RunState = "delivering"
	RunDone       RunState = "done"
	RunEmpty      RunState = "empty"  // there was nothing to make it of
	RunMissed     RunState = "missed" // nobody was there at its time
	RunFailed     RunState = "failed"
)

// Unended are the states from which more comes of a run.
var Unended = []RunState{RunPlanned, RunHarvesting, RunSelecting, RunPictures, RunAssembling, RunMade, RunDelivering}

// Ended tells whether nothing more comes of a run in this state.
func (r RunState) Ended() bool {
	return r == RunDone || r == RunEmpty || r == RunMissed || r == RunFailed
}

// Run is the making of one issue of a digest: there is one for each slot. One
// without a digest is a harvest alone.
type Run struct {
	ID     int64     // given by BeginRun
	Digest string    // its name; empty: a harvest alone
	Slot   string    // which time of the schedule it is for; any name that is not taken
	At     time.Time // the moment of the slot
	Number int       // of the issue; 0: it has none yet, or never will
	// From and To are the window that its articles are of.
	From, To time.Time
	State    RunState
	Attempt  int // how often it was begun
	// Started is when it was first begun, Updated when it was last written to (the
	// store sees to both), Frozen when its items were chosen, Made when its books were
	// whole, Finished when it ended. Zero: not yet.
	Started, Updated, Frozen, Made, Finished time.Time
	Title                                    string // of the issue
	Error                                    string // why it failed
	Tool                                     string // which version of the program made it
	Config                                   []byte // the digest's part of the configuration when it was begun, JSON
	Report                                   []byte // of the books, JSON
}

const runColumns = `digest, slot, at, number, from_at, to_at, state, attempt, started, updated, frozen, made, finished, title, error, tool, config, report`

func (r *Run) fields() []any {
	return []any{&r.Digest, &r.Slot, &r.At, &r.Number, &r.From, &r.To, &r.State, &r.Attempt, &r.Started, &r.Updated, &r.Frozen, &r.Made, &r.Finished, &r.Title, &r.Error, &r.Tool, &r.Config, &r.Report}
}

const selectRun = "SELECT id, " + runColumns + " FROM run "

func (r *Run) all() []any { return append([]any{&r.ID}, r.fields()...) }

func notFound(what string, id int64) error { return fmt.Errorf("%s %d: %w", what, id, ErrNotFound) }

// BeginRun enters a run, unless its digest has one for its slot already. Either way
// r is what is kept; existed tells which it was. An empty State is RunPlanned.
func (s *Store) BeginRun(ctx context.Context, r *Run) (existed bool, err error) {
	fresh := *r
	if fresh.State == "" {
		fresh.State = RunPlanned
	}
	fresh.Updated = s.now()
	if fresh.Started.IsZero() {
		fresh.Started = fresh.Updated
	}
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, "INSERT INTO run ("+runColumns+") VALUES "+marks(len(fresh.fields()))+" ON CONFLICT (digest, slot) DO NOTHING", fresh.fields()...)
		if err != nil {
			return err
		}
		existed = n == 0
		_, err = s.row(ctx, tx, r.all(), selectRun+"WHERE digest = ? AND slot = ?", fresh.Digest, fresh.Slot)
		return err
	})
	return existed, err
}

// SaveRun writes a run that BeginRun entered. Its digest and slot stay as they are.
func (s *Store) SaveRun(ctx context.Context, r *Run) error {
	return s.transaction(ctx, func(tx *sql.Tx) error {
		n, err := s.saveRun(ctx, tx, r, "")
		if err == nil && n == 0 {
			err = notFound("run", r.ID)
		}
		return err
	})
}

// saveRun writes a run where the condition, which begins with AND, holds of the one
// that is kept, and returns whether it did: 1 or 0.
func (s *Store) saveRun(ctx context.Context, tx *sql.Tx, r *Run, condition string) (int64, error) {
	r.Updated = s.now()
	columns, _ := strings.CutPrefix(runColumns, "digest, slot, ")
	args := r.fields()[2:]
	return s.exec(ctx, tx, "UPDATE run SET ("+columns+") = "+marks(len(args))+" WHERE id = ? "+condition, append(args, r.ID)...)
}

// Run returns one run.
func (s *Store) Run(ctx context.Context, id int64) (Run, error) {
	var r Run
	there, err := s.row(ctx, s.read, r.all(), selectRun+"WHERE id = ?", id)
	if err == nil && !there {
		err = notFound("run", id)
	}
	return r, s.explain(err)
}

// RunQuery says which runs are wanted. The zero query wants those of all digests.
type RunQuery struct {
	Digest   string     // empty: of every one
	Harvests bool       // also harvests alone, which have no digest
	Number   int        // of the issue; 0: any
	States   []RunState // empty: any
	Slot     string     // empty: any
	Before   int64      // only runs that were entered before this one; 0: all
	Limit    int        // how many; 0: all
}

// Runs returns runs, the newest first.
func (s *Store) Runs(ctx context.Context, q RunQuery) ([]Run, error) {
	query, args := selectRun+"WHERE 1 = 1", []any(nil)
	and := func(condition string, arg ...any) {
		query += " AND " + condition
		args = append(args, arg...)
	}
	if q.Digest != "" {
		and("digest = ?", q.Digest)
	} else if !q.Harvests {
		and("digest <> ''")
	}
	if q.Number != 0 {
		and("number = ?", q.Number)
	}
	if q.Slot != "" {
		and("slot = ?", q.Slot)
	}
	if len(q.States) > 0 {
		var states []any
		for _, state := range q.States {
			states = append(states, state)
		}
		and("state IN "+marks(len(states)), states...)
	}
	if q.Before != 0 {
		and("id < ?", q.Before)
	}
	query += " ORDER BY id DESC"
	if q.Limit > 0 {
		query += " LIMIT ?"
		args = append(args, q.Limit)
	}
	return list(ctx, s, (*Run).all, query, args...)
}

// NextNumber returns the number of a digest's next issue, from 1. Runs that came to
// nothing have none, so that they leave no gap.
func (s *Store) NextNumber(ctx context.Context, digest string) (int, error) {
	var n int
	_, err := s.row(ctx, s.read, []any{&n}, "SELECT COALESCE(MAX(number), 0) + 1 FROM run WHERE digest = ?", digest)
	return n, s.explain(err)
}

// LastMade returns the run of a digest's last issue whose books were made; it is
// false where there is none.
func (s *Store) LastMade(ctx context.Context, digest string) (Run, bool, error) {
	var r Run
	there, err := s.row(ctx, s.read, r.all(), selectRun+"WHERE digest = ? AND made IS NOT NULL ORDER BY number DESC, id DESC LIMIT 1", digest)
	return r, there, s.explain(err)
}

// LastMadeUntil is LastMade among the issues whose slots are not after at: those of a
// clock that was ahead for a while are no issues before.
func (s *Store) LastMadeUntil(ctx context.Context, digest string, at time.Time) (Run, bool, error) {
	var r Run
	there, err := s.row(ctx, s.read, r.all(), selectRun+"WHERE digest = ? AND made IS NOT NULL AND at <= ? ORDER BY at DESC, number DESC LIMIT 1", digest, at)
	return r, there, s.explain(err)
}

// Reason says why an article was left out of an issue.
type Reason string

// The reasons.
const (
	TooOld        Reason = "too_old"
	TooNew        Reason = "too_new"
	OtherCategory Reason = "category"
	OtherLanguage Reason = "language"
	TooShort      Reason = "short"
	OtherTitle    Reason = "title"
	IsDraft       Reason = "draft"
	InFuture      Reason = "future"
	Expired       Reason = "expired"
	InIssue       Reason = "seen" // it was in an issue before
	Duplicate     Reason = "duplicate"
	NearDuplicate Reason = "near_duplicate"
	OverLimit     Reason = "over_limit"
	Unreadable    Reason = "failed"
)

// forGood tells whether an article that was left out for the reason stays out of
// later issues too.
func (r Reason) forGood() bool {
	return !slices.Contains([]Reason{TooNew, IsDraft, InFuture, OverLimit, Unreadable}, r)
}

// Item is an article that was chosen for a run, or was not.
type Item struct {
	Run     int64
	Index   int // its place in the book; those that were not chosen come after those that were
	Article int64
	Doc     string // the blob of the document as it was when it was chosen
	Chosen  bool
	Reason  Reason // why it was not chosen
	Detail  string // a sentence more of that
}

func (i *Item) fields() []any {
	return []any{&i.Run, &i.Index, &i.Article, &i.Doc, &i.Chosen, &i.Reason, &i.Detail}
}

const itemColumns = "run, idx, article, doc, chosen, reason, detail"

// FreezeItems writes what was chosen for a run together with the run as it is then:
// its state, its number, its title. What was frozen stays so: a second call changes
// nothing, and makes run what is kept.
func (s *Store) FreezeItems(ctx context.Context, run *Run, items []Item) error {
	frozen := *run
	var existed bool
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		frozen = *run
		frozen.Frozen = s.now()
		n, err := s.saveRun(ctx, tx, &frozen, "AND frozen IS NULL")
		if err != nil {
			return err
		}
		if existed = n == 0; existed {
			there, err := s.row(ctx, tx, frozen.all(), selectRun+"WHERE id = ?", run.ID)
			if err == nil && !there {
				err = notFound("run", run.ID)
			}
			return err
		}
		rows := make([][]any, len(items))
		for i, item := range items {
			item.Run = run.ID
			rows[i] = item.fields()
		}
		err = inRows(rows, func(values string, args []any) error {
			_, err := s.exec(ctx, tx, "INSERT INTO item ("+itemColumns+") VALUES "+values, args...)
			return err
		})
		if err != nil {
			return err
		}
		for some := range slices.Chunk(items, batch) {
			ids := []any{frozen.Frozen}
			for _, item := range some {
				if item.Chosen || item.Reason.forGood() {
					ids = append(ids, item.Article)
				}
			}
			if len(ids) == 1 {
				continue
			}
			if _, err := s.exec(ctx, tx, "UPDATE article SET weighed = ? WHERE id IN "+marks(len(ids)-1), ids...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		*run = frozen
	}
	return err
}

// Items returns what was frozen of a run, in the order of Index.
func (s *Store) Items(ctx context.Context, run int64) ([]Item, error) {
	return list(ctx, s, (*Item).fields, "SELECT "+itemColumns+" FROM item WHERE run = ? ORDER BY idx", run)
}

// Seen tells which of an article's keys a digest has had in an issue, and in which
// run. Keys are "g:" with a GUID, "u:" with an address, "c:" with a content.
func (s *Store) Seen(ctx context.Context, digest string, keys []string) (map[string]int64, error) {
	type seen struct {
		key string
		run int64
	}
	found := map[string]int64{}
	for some := range slices.Chunk(keys, batch) {
		args := []any{digest}
		for _, key := range some {
			args = append(args, fold(key))
		}
		rows, err := list(ctx, s, func(r *seen) []any { return []any{&r.key, &r.run} }, "SELECT key, run FROM seen WHERE digest = ? AND key IN "+marks(len(some)), args...)
		if err != nil {
			return nil, err
		}
		runs := make(map[string]int64, len(rows))
		for _, row := range rows {
			runs[row.key] = row.run
		}
		for _, key := range some {
			if run, ok := runs[fold(key)]; ok {
				found[key] = run
			}
		}
	}
	return found, nil
}

// Output is one book of a run.
type Output struct {
	Run             int64
	N               int // counts them, from 0
	Path            string
	Format          string // "epub3", "pdf"
	Blob            string // the SHA-256 of its bytes, by which they are kept
	Bytes           int64
	Pages           int // 0: the format has none
	Articles        int
	Volume, Volumes int    // 1 of 1 where it is not in several
	Cover           string // the blob of its cover; empty: none
}

func (o *Output) fields() []any {
	return []any{&o.Run, &o.N, &o.Path, &o.Format, &o.Blob, &o.Bytes, &o.Pages, &o.Articles, &o.Volume, &o.Volumes, &o.Cover}
}

const outputColumns = "run, n, path, format, blob, bytes, pages, articles, volume, volumes, cover"

// Commit writes that the books of a run lie in their places: the run as it is then,
// the outputs in place of any that it had, and the keys of its articles as seen by
// its digest. Keys that an earlier run has had stay that run's.
func (s *Store) Commit(ctx context.Context, run *Run, outputs []Output, seen []string) error {
	made := *run
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		made = *run
		if made.Made.IsZero() {
			made.Made = s.now()
		}
		n, err := s.saveRun(ctx, tx, &made, "")
		if err == nil && n == 0 {
			err = notFound("run", run.ID)
		}
		if err != nil {
			return err
		}
		if _, err := s.exec(ctx, tx, "DELETE FROM output WHERE run = ?", run.ID); err != nil {
			return err
		}
		rows := make([][]any, len(outputs))
		for i, o := range outputs {
			o.Run = run.ID
			rows[i] = o.fields()
		}
		err = inRows(rows, func(values string, args []any) error {
			_, err := s.exec(ctx, tx, "INSERT INTO output ("+outputColumns+") VALUES "+values, args...)
			return err
		})
		if err != nil {
			return err
		}
		rows = make([][]any, len(seen))
		for i, key := range seen {
			rows[i] = []any{run.Digest, fold(key), run.ID}
		}
		return inRows(rows, func(values string, args []any) error {
			_, err := s.exec(ctx, tx, "INSERT INTO seen (digest, key, run) VALUES "+values+" ON CONFLICT DO NOTHING", args...)
			return err
		})
	})
	if err == nil {
		*run = made
	}
	return err
}

// Outputs returns the books of a run.
func (s *Store) Outputs(ctx context.Context, run int64) ([]Output, error) {
	return list(ctx, s, (*Output).fields, "SELECT "+outputColumns+" FROM output WHERE run = ? ORDER BY n", run)
}
