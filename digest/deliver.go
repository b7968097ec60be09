package digest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/deliver"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/internal/redact"
)

// How often a delivery is tried where the recipe does not say.
const (
	deliveries   = 8
	deliveryWait = time.Minute
	deliveryFor  = 48 * time.Hour
)

// address adds a task for each part of the books of r that goes to a target.
func (e *Engine) address(ctx context.Context, r *state.Run, f *frozen) error {
	d, err := e.digest(r.Digest)
	if err != nil {
		return err
	}
	if f.NoDeliver || e.Target == nil || len(d.Deliver) == 0 {
		return e.finish(ctx, r, state.RunDone)
	}
	book, clean, err := e.book(ctx, r, f)
	if err != nil {
		return err
	}
	defer clean()
	var tasks []state.Task
	for i := range d.Deliver {
		to := &d.Deliver[i]
		n := 1 // where it is not known, the first part tells why
		if target, err := e.Target(d, to); err == nil {
			if parts, err := target.Parts(book); err == nil {
				n = len(parts)
			}
		}
		for part := range n {
			tasks = append(tasks, state.Task{Run: r.ID, Step: StepDeliver, Key: fmt.Sprint(to.Name, "/", part)})
		}
	}
	if err := e.State.AddTasks(ctx, tasks); err != nil {
		return err
	}
	return e.become(ctx, r, state.RunDelivering)
}

// book returns the books of r as targets see them, and what removes the files that
// were made for that.
func (e *Engine) book(ctx context.Context, r *state.Run, f *frozen) (book deliver.Book, clean func(), err error) {
	dir, err := os.MkdirTemp("", "leporello-deliver-")
	if err != nil {
		return book, nil, err
	}
	clean = func() { os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			clean()
		}
	}()
	book = deliver.Book{Digest: r.Digest, Slot: r.Slot, Issue: r.Number, Title: r.Title, Series: f.Digest.Series, Date: r.At.In(f.Digest.Zone)}
	items, err := e.chosen(ctx, r.ID)
	if err != nil {
		return book, nil, err
	}
	for _, it := range items {
		book.Contents = append(book.Contents, it.article.Title)
	}
	rep, err := e.ReportOf(ctx, r)
	if err != nil {
		return book, nil, err
	}
	book.Lang = rep.Lang
	outputs, err := e.State.Outputs(ctx, r.ID)
	if err != nil {
		return book, nil, err
	}
	for _, o := range outputs {
		file := deliver.File{
			Path: o.Path, Name: filepath.Base(o.Path), Format: strings.TrimPrefix(filepath.Ext(o.Path), "."), Bytes: o.Bytes, SHA256: o.Blob,
		}
		if o.Volumes > 1 {
			file.Volume, file.Volumes = o.Volume, o.Volumes
		}
		file.ASCII = asciiName(&book, &file)
		// The next issue may have taken its place, or a person.
		if info, err := os.Stat(o.Path); err != nil || info.Size() != o.Bytes || info.ModTime().After(r.Made) {
			file.Path = filepath.Join(dir, fmt.Sprint(o.N)+filepath.Ext(o.Path))
			if err := e.copyBlob(ctx, o.Blob, file.Path); err != nil {
				return book, nil, err
			}
		}
		if o.Cover != "" && book.Cover == "" {
			book.Cover = filepath.Join(dir, "cover.png")
			if err := e.copyBlob(ctx, o.Cover, book.Cover); err != nil {
				return book, nil, err
			}
		}
		book.Files = append(book.Files, file)
	}
	return book, clean, nil
}

// asciiName is the name of a file where others may not arrive unharmed.
func asciiName(b *deliver.Book, f *deliver.File) string {
	if isASCII(f.Name) {
		return f.Name
	}
	name := b.Digest
	if !isASCII(name) {
		name = "digest"
	}
	name += "-" + b.Date.Format(time.DateOnly)
	if f.Volumes > 1 {
		name += fmt.Sprintf("-%dof%d", f.Volume, f.Volumes)
	}
	return name + "." + f.Format
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f }) < 0
}

// copyBlob writes a blob to a file.
func (e *Engine) copyBlob(ctx context.Context, key, path string) error {
	b, err := e.Blobs.Open(ctx, key)
	if err != nil {
		return err
	}
	defer b.Close()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, b)
	return errors.Join(err, file.Close())
}

// inTurn returns, of the deliveries that are to be made, the first part of each target: nobody
// gets the second volume before the first.
func inTurn(tasks []state.Task) []state.Task {
	var list []state.Task
	for _, t := range tasks {
		target, part, _ := parted(t.Key)
		i := slices.IndexFunc(list, func(o state.Task) bool {
			other, _, _ := parted(o.Key)
			return other == target
		})
		if i < 0 {
			list = append(list, t)
		} else if _, first, _ := parted(list[i].Key); part < first {
			list[i] = t
		}
	}
	return list
}

// parted takes the key of a delivery apart: a target, and the number of a part.
func parted(key string) (target string, part int, err error) {
	cut := strings.LastIndexByte(key, '/')
	if part, err = strconv.Atoi(key[cut+1:]); err != nil || cut < 0 {
		return "", 0, Final(fmt.Errorf("digest: a delivery to %q", key))
	}
	return key[:cut], part, nil
}

// deliver makes one delivery, once. What comes of it is a row; an error means that
// there is no row.
func (e *Engine) deliver(ctx context.Context, r *state.Run, key string) (string, error) {
	target, part, err := parted(key)
	if err != nil {
		return "", err
	}
	row := state.Delivery{Run: r.ID, Target: target, Part: part}
	rows, err := e.State.Deliveries(ctx, r.ID)
	if err != nil {
		return "", err
	}
	for _, d := range rows {
		if d.Target == row.Target && d.Part == part {
			row = d
		}
	}
	switch row.State {
	case state.DeliverySent, state.DeliveryUncertain, state.DeliveryGaveUp:
		return string(row.State), nil
	}
	d, err := e.digest(r.Digest)
	if err != nil {
		return "", err
	}
	var to *recipe.Target
	for i := range d.Deliver {
		if d.Deliver[i].Name == row.Target {
			to = &d.Deliver[i]
		}
	}
	if to == nil {
		row.State, row.Detail = state.DeliveryGaveUp, "the recipe does not name it any more"
		return row.Detail, e.State.SaveDelivery(ctx, &row)
	}
	err = e.attempt(ctx, r, d, to, &row)
	if err != nil && ctx.Err() == nil {
		return "", err
	}
	log := e.Log.InfoContext
	if row.State != state.DeliverySent {
		log = e.Log.WarnContext
	}
	log(ctx, "a delivery", "run", r.ID, "digest", r.Digest, "issue", r.Number, "to", row.Target, "part", row.Part, "state", string(row.State), "attempts", row.Attempts, "detail", row.Detail)
	return string(row.State) + ": " + row.Detail, err
}

// attempt tries a delivery and saves what came of it.
func (e *Engine) attempt(ctx context.Context, r *state.Run, d *recipe.Digest, to *recipe.Target, row *state.Delivery) error {
	f, err := configOf(r)
	if err != nil {
		return err
	}
	target, err := e.Target(d, to)
	if err != nil {
		return e.settle(ctx, r, to, row, deliver.Receipt{}, err)
	}
	if row.State == state.DeliverySending {
		// Whoever was sending it was killed.
		row.State, row.Detail = state.DeliveryFailed, "interrupted"
		if !target.Repeatable() {
			row.State, row.Detail = state.DeliveryUncertain, "the program was killed while it was sent; it is not sent again"
		}
		if err := e.State.SaveDelivery(ctx, row); err != nil || row.State == state.DeliveryUncertain {
			return err
		}
	}
	book, clean, err := e.book(ctx, r, &f)
	if err != nil {
		return err
	}
	defer clean()
	parts, err := target.Parts(book)
	if err != nil {
		return e.settle(ctx, r, to, row, deliver.Receipt{}, deliver.Permanent(err))
	}
	if row.Part >= len(parts) {
		row.State, row.Detail = state.DeliveryGaveUp, "the book has fewer parts now"
		return e.State.SaveDelivery(ctx, row)
	}
	row.State = state.DeliverySending
	row.Attempts++
	if err := e.State.SaveDelivery(ctx, row); err != nil {
		if errors.Is(err, state.ErrTaken) {
			return nil
		}
		return err
	}
	e.fault("sending %s %d", row.Target, row.Part)
	receipt, err := target.Deliver(ctx, book, parts[row.Part])
	e.fault("sent %s %d", row.Target, row.Part)
	// Also when the run is being stopped: what was sent is not to be sent again.
	return errors.Join(e.settle(context.WithoutCancel(ctx), r, to, row, receipt, err), context.Cause(ctx))
}

// settle saves what came of an attempt.
func (e *Engine) settle(ctx context.Context, r *state.Run, to *recipe.Target, row *state.Delivery, receipt deliver.Receipt, err error) error {
	now := e.Clock()
	row.MessageID, row.Detail, row.NextAt = receipt.MessageID, receipt.Detail, time.Time{}
	if err != nil {
		row.Detail = redact.Text(err.Error())
	}
	switch {
	case err == nil:
		row.State = state.DeliverySent
	case deliver.IsUncertain(err):
		row.State = state.DeliveryUncertain
	case deliver.IsPermanent(err):
		row.State = state.DeliveryGaveUp
	default:
		row.State = state.DeliveryFailed
		attempts, wait, until := to.Retry.Attempts, to.Retry.Wait, to.Retry.For
		if attempts == 0 {
			attempts = deliveries
		}
		if wait == 0 {
			wait = deliveryWait
		}
		if until == 0 {
			until = deliveryFor
		}
		for range min(max(row.Attempts, 1)-1, 20) {
			wait *= 2
		}
		wait = min(max(wait, deliver.RetryAfter(err)), 12*time.Hour)
		row.NextAt = now.Add(wait)
		if row.Attempts >= attempts || row.NextAt.Sub(r.Made) > until {
			row.State, row.NextAt = state.DeliveryGaveUp, time.Time{}
		}
	}
	return e.State.SaveDelivery(ctx, row)
}

// Redeliver tries the deliveries again whose time has come, of runs that have ended
// and that nobody else is working on. It returns the runs that it tried some of.
func (e *Engine) Redeliver(ctx context.Context, now time.Time) ([]int64, error) {
	pending, err := e.State.PendingDeliveries(ctx, now)
	if err != nil {
		return nil, err
	}
	var tried []int64
	for len(pending) > 0 {
		n := 1
		for n < len(pending) && pending[n].Run == pending[0].Run {
			n++
		}
		some := pending[:n]
		pending = pending[n:]
		r, err := e.State.Run(ctx, some[0].Run)
		if err != nil {
			return tried, err
		}
		if !r.State.Ended() || e.Config.Digest(r.Digest) == nil {
			continue
		}
		release, err := e.Lock(ctx, r.Digest)
		if errors.Is(err, filelock.ErrHeld) {
			continue
		}
		if err != nil {
			return tried, err
		}
		for _, d := range some {
			if _, err = e.deliver(ctx, &r, fmt.Sprint(d.Target, "/", d.Part)); err != nil {
				break
			}
		}
		release()
		if err != nil {
			return tried, err
		}
		tried = append(tried, r.ID)
	}
	return tried, nil
}
