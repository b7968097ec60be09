package state

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliverySending   DeliveryState = "sending"   // written before it is sent
	DeliverySent      DeliveryState = "sent"      // for good
	DeliveryUncertain DeliveryState = "uncertain" // nobody knows whether it arrived
	DeliveryFailed    DeliveryState = "failed"    // and is tried again at NextAt
	DeliveryGaveUp    DeliveryState = "gave_up"
)

// Delivery is one part of a run's books for one target.
type Delivery struct {
	Run       int64
	Target    string // which stays the same when the configuration is changed elsewhere
	Part      int    // counts the messages that one target needs, from 0
	State     DeliveryState
	Attempts  int
	MessageID string
	Detail    string
	NextAt    time.Time // when it may be tried again; zero: at once
	Updated   time.Time // by the store
}

func (d *Delivery) fields() []any {
	return []any{&d.Run, &d.Target, &d.Part, &d.State, &d.Attempts, &d.MessageID, &d.Detail, &d.NextAt, &d.Updated}
}

const (
	deliveryColumns = "part, state, attempts, message_id, detail, next_at, updated"
	selectDelivery  = "SELECT run, COALESCE(whole, key), " + deliveryColumns + " FROM delivery "
)

// SaveDelivery writes a delivery; it is on the disk when SaveDelivery returns. An
// empty State is DeliveryPending.
//
// It fails with ErrTaken, and d is what is kept, where the delivery was sent
// already, and where it shall become DeliverySending and is that already: so of
// those who want to send it one at most does.
func (s *Store) SaveDelivery(ctx context.Context, d *Delivery) error {
	if d.State == "" {
		d.State = DeliveryPending
	}
	d.Updated = s.now()
	free := []any{DeliverySent}
	if d.State == DeliverySending {
		free = append(free, DeliverySending)
	}
	if d.State == DeliverySent {
		free = nil // to say it twice is no harm
	}
	row := append([]any{d.Run, fold(d.Target), unfolded(d.Target)}, d.fields()[2:]...)
	condition := ""
	if len(free) > 0 {
		condition = " WHERE delivery.state NOT IN " + marks(len(free))
	}
	return s.durably(ctx, func(tx *sql.Tx) error {
		n, err := s.exec(ctx, tx, "INSERT INTO delivery (run, key, whole, "+deliveryColumns+") VALUES "+marks(len(row))+
			" ON CONFLICT (run, key, part) DO UPDATE SET "+replacing(deliveryColumns)+condition, append(row, free...)...)
		if err != nil || n > 0 {
			return err
		}
		if _, err := s.row(ctx, tx, d.fields(), selectDelivery+"WHERE run = ? AND key = ? AND part = ?", d.Run, fold(d.Target), d.Part); err != nil {
			return err
		}
		return ErrTaken
	})
}

// replacing returns what an upsert sets: every column to its new value.
func replacing(columns string) string {
	var sets []string
	for _, c := range strings.Split(columns, ", ") {
		sets = append(sets, c+" = excluded."+c)
	}
	return strings.Join(sets, ", ")
}

// Deliveries returns the deliveries of a run.
func (s *Store) Deliveries(ctx context.Context, run int64) ([]Delivery, error) {
	return list(ctx, s, (*Delivery).fields, selectDelivery+"WHERE run = ? ORDER BY key, part", run)
}

// PendingDeliveries returns the deliveries of all runs that are not at their end:
// those that may be tried now, and those that are being sent, or were when their
// program was killed; who holds the lock of the digest knows which it is.
func (s *Store) PendingDeliveries(ctx context.Context, now time.Time) ([]Delivery, error) {
	return list(ctx, s, (*Delivery).fields, selectDelivery+"WHERE state = ? OR state IN (?, ?) AND (next_at IS NULL OR next_at <= ?) ORDER BY run, key, part",
		DeliverySending, DeliveryPending, DeliveryFailed, now)
}

// Harvest is the last reading of a source.
type Harvest struct {
	Source string
	At     time.Time
	Good   time.Time // when it last went well; zero: never
	First  time.Time // when it first had something, or went well; zero: never
	Seen   int       // articles that it had
	Fresh  int       // those of them that were not known before
	Error  string    // why it failed; empty: it went well
}

func (h *Harvest) fields() []any {
	return []any{&h.Source, &h.At, &h.Good, &h.First, &h.Seen, &h.Fresh, &h.Error}
}

// SetHarvested writes that a source was read, or why it was not.
func (s *Store) SetHarvested(ctx context.Context, source string, at time.Time, seen, fresh int, failed string) error {
	h := Harvest{Source: source, At: at, Seen: seen, Fresh: fresh, Error: failed}
	if failed == "" {
		h.Good = at
	}
	if failed == "" || seen > 0 {
		h.First = at
	}
	return s.transaction(ctx, func(tx *sql.Tx) error {
		_, err := s.exec(ctx, tx, `INSERT INTO harvest (source, at, good, first, seen, fresh, error) VALUES `+marks(len(h.fields()))+`
			ON CONFLICT (source) DO UPDATE SET at = excluded.at, good = COALESCE(excluded.good, harvest.good), first = COALESCE(harvest.first, excluded.first), seen = excluded.seen, fresh = excluded.fresh, error = excluded.error`, h.fields()...)
		return err
	})
}

// Harvested returns when a source was last read, whether that went well or not;
// zero: never.
func (s *Store) Harvested(ctx context.Context, source string) (time.Time, error) {
	var at time.Time
	_, err := s.row(ctx, s.read, []any{&at}, "SELECT at FROM harvest WHERE source = ?", source)
	return at, s.explain(err)
}

// Harvests returns the last reading of every source, by name.
func (s *Store) Harvests(ctx context.Context) ([]Harvest, error) {
	return list(ctx, s, (*Harvest).fields, "SELECT source, at, good, first, seen, fresh, error FROM harvest ORDER BY source")
}
