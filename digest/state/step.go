package state

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Picture is what came of one address of a picture in a document.
type Picture struct {
	Doc    string // the blob of the document
	Src    string // the address as the document has it
	Key    string // the blob of the picture; empty: there is none
	Reason string // why there is none
	Detail string // a sentence more of that
	Hint   string
	Bytes  int64
	Stale  bool // it is an older one than the address has now
	// Worthless pictures are those that count the readers, and the like.
	Worthless bool
	Lossy     bool   // it lost something when it was made to fit
	Attempts  []byte // JSON, a list of article.Attempt; nil: none
}

func (p *Picture) fields() []any {
	return []any{&p.Doc, &p.Src, &p.Key, &p.Reason, &p.Detail, &p.Hint, &p.Bytes, &p.Stale, &p.Worthless, &p.Lossy, &p.Attempts}
}

const pictureColumns = "asset, reason, detail, hint, bytes, stale, worthless, lossy, attempts"

// PutPictures remembers what came of pictures, in place of what was known of them.
func (s *Store) PutPictures(ctx context.Context, pictures []Picture) error {
	last := map[[2]string]Picture{}
	for _, p := range pictures {
		last[[2]string{p.Doc, fold(p.Src)}] = p
	}
	var rows [][]any
	// In one order, so that of two who write the same neither waits for the other.
	for _, at := range slices.SortedFunc(maps.Keys(last), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		p := last[at]
		rows = append(rows, append([]any{p.Doc, at[1], unfolded(p.Src)}, p.fields()[2:]...))
	}
	return s.transaction(ctx, func(tx *sql.Tx) error {
		return inRows(rows, func(values string, args []any) error {
			_, err := s.exec(ctx, tx, "INSERT INTO picture (doc, key, whole, "+pictureColumns+") VALUES "+values+
				" ON CONFLICT (doc, key) DO UPDATE SET "+replacing(pictureColumns), args...)
			return err
		})
	})
}

// Pictures returns what came of the pictures of a document, in the order of their
// addresses.
func (s *Store) Pictures(ctx context.Context, doc string) ([]Picture, error) {
	return list(ctx, s, (*Picture).fields, "SELECT doc, COALESCE(whole, key), "+pictureColumns+" FROM picture WHERE doc = ? ORDER BY key", doc)
}

// TaskState is how far a task has come.
type TaskState string

// The states of a task.
const (
	TaskPending TaskState = "pending"
	TaskRunning TaskState = "running"
	TaskOK      TaskState = "ok"
	TaskFailed  TaskState = "failed" // for good
)

// Task is one unit of a run, which may be done beside the others of its step.
type Task struct {
	Run       int64
	Step      string // "fetch", "parse", "pictures", "assemble", "deliver"
	Key       string // which of the step's units
	State     TaskState
	Attempts  int
	Detail    string    // what came of it
	Updated   time.Time // by the store
	NotBefore time.Time // when it may be tried again; zero: at once
}

func (t *Task) fields() []any {
	return []any{&t.Run, &t.Step, &t.Key, &t.State, &t.Attempts, &t.Detail, &t.Updated, &t.NotBefore}
}

const taskColumns = "state, attempts, detail, updated, not_before"

const selectTask = "SELECT run, step, COALESCE(whole, key), " + taskColumns + " FROM task "

// row returns the columns run, step, key, whole and taskColumns.
func (t *Task) row(now time.Time) []any {
	if t.State == "" {
		t.State = TaskPending
	}
	t.Updated = now
	return append([]any{t.Run, t.Step, fold(t.Key), unfolded(t.Key)}, t.fields()[3:]...)
}

// AddTasks enters tasks. Those that are known stay as they are. An empty State is
// TaskPending.
func (s *Store) AddTasks(ctx context.Context, tasks []Task) error {
	var rows [][]any
	for _, t := range tasks {
		rows = append(rows, t.row(s.now()))
	}
	return s.transaction(ctx, func(tx *sql.Tx) error {
		return inRows(rows, func(values string, args []any) error {
			_, err := s.exec(ctx, tx, "INSERT INTO task (run, step, key, whole, "+taskColumns+") VALUES "+values+" ON CONFLICT DO NOTHING", args...)
			return err
		})
	})
}

// SaveTask writes a task, whether it is known or not.
func (s *Store) SaveTask(ctx context.Context, t Task) error {
	row := t.row(s.now())
	return s.transaction(ctx, func(tx *sql.Tx) error {
		_, err := s.exec(ctx, tx, "INSERT INTO task (run, step, key, whole, "+taskColumns+") VALUES "+marks(len(row))+
			" ON CONFLICT (run, step, key) DO UPDATE SET "+replacing(taskColumns), row...)
		return err
	})
}

// Task returns one task of a run. The error wraps ErrNotFound when there is none.
func (s *Store) Task(ctx context.Context, run int64, step, key string) (Task, error) {
	tasks, err := list(ctx, s, (*Task).fields, selectTask+"WHERE run = ? AND step = ? AND key = ?", run, step, fold(key))
	if err == nil && len(tasks) == 0 {
		err = fmt.Errorf("run %d: %s %s: %w", run, step, key, ErrNotFound)
	}
	if err != nil {
		return Task{}, err
	}
	return tasks[0], nil
}

// Tasks returns the tasks of a step of a run in the order of their keys; with an
// empty step those of all.
func (s *Store) Tasks(ctx context.Context, run int64, step string) ([]Task, error) {
	const query = selectTask + "WHERE run = ? "
	if step == "" {
		return list(ctx, s, (*Task).fields, query+"ORDER BY step, key", run)
	}
	return list(ctx, s, (*Task).fields, query+"AND step = ? ORDER BY key", run, step)
}
