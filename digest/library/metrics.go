package library

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/state"
)

// figures writes metrics in the text format of Prometheus, version 0.0.4.
type figures struct{ bytes.Buffer }

// head begins a metric: what it is, and whether it only grows.
func (f *figures) head(name, kind, help string) {
	fmt.Fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// value writes one; labels are names and values in turn.
func (f *figures) value(name string, n float64, labels ...string) {
	f.WriteString(name)
	for i := 0; i < len(labels); i += 2 {
		f.WriteByte("{,"[min(i, 1)])
		f.WriteString(labels[i] + `="` + labelEscaper.Replace(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		f.WriteByte('}')
	}
	f.WriteString(" " + strconv.FormatFloat(n, 'g', -1, 64) + "\n")
}

var labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// moment writes a time in seconds since 1970; a zero one is left out.
func (f *figures) moment(name string, t time.Time, labels ...string) {
	if !t.IsZero() {
		f.value(name, float64(t.UnixMilli())/1000, labels...)
	}
}

// metrics tells those who watch over many programs how this one fares.
func (v *view) metrics(w http.ResponseWriter) error {
	t, err := v.State.Tally(v.ctx())
	if err != nil {
		return err
	}
	harvests, err := v.State.Harvests(v.ctx())
	if err != nil {
		return err
	}
	var f figures
	f.head("leporello_build_info", "gauge", "The version of the program.")
	f.value("leporello_build_info", 1, "version", v.Tool)

	f.head("leporello_runs", "gauge", "Runs of digests by how far they have come.")
	for _, s := range []state.RunState{
		state.RunPlanned, state.RunHarvesting, state.RunSelecting, state.RunPictures, state.RunAssembling, state.RunMade, state.RunDelivering,
		state.RunDone, state.RunEmpty, state.RunMissed, state.RunFailed,
	} {
		f.value("leporello_runs", float64(t.Runs[s]), "state", string(s))
	}
	f.head("leporello_deliveries", "gauge", "Deliveries by how far they have come.")
	for _, s := range []state.DeliveryState{
		state.DeliveryPending, state.DeliverySending, state.DeliverySent, state.DeliveryUncertain, state.DeliveryFailed, state.DeliveryGaveUp,
	} {
		f.value("leporello_deliveries", float64(t.Deliveries[s]), "state", string(s))
	}
	f.head("leporello_issues", "gauge", "Issues of a digest whose books were made.")
	for _, d := range t.Digests {
		f.value("leporello_issues", float64(d.Issues), "digest", d.Digest)
	}
	f.head("leporello_last_issue_timestamp_seconds", "gauge", "When the books of the last issue of a digest were made.")
	for _, d := range t.Digests {
		f.moment("leporello_last_issue_timestamp_seconds", d.Made, "digest", d.Digest)
	}
	f.head("leporello_last_issue_duration_seconds", "gauge", "How long the last issue of a digest took, from its beginning to its books.")
	for _, d := range t.Digests {
		if !d.Made.IsZero() {
			f.value("leporello_last_issue_duration_seconds", d.Took.Seconds(), "digest", d.Digest)
		}
	}
	f.head("leporello_last_failure_timestamp_seconds", "gauge", "When a run of a digest failed last.")
	for _, d := range t.Digests {
		f.moment("leporello_last_failure_timestamp_seconds", d.Failed, "digest", d.Digest)
	}
	f.head("leporello_next_issue_timestamp_seconds", "gauge", "When the next issue of a digest is due.")
	for _, d := range v.Config.Digests {
		f.moment("leporello_next_issue_timestamp_seconds", v.Next(d.Name), "digest", d.Name)
	}
	f.head("leporello_articles", "gauge", "Articles that were harvested.")
	f.value("leporello_articles", float64(t.Articles))
	f.head("leporello_articles_unread", "gauge", "Articles that could not be read.")
	f.value("leporello_articles_unread", float64(t.Unread))
	f.head("leporello_pictures", "gauge", "Pictures of articles that were asked for.")
	f.value("leporello_pictures", float64(t.Pictures))
	f.head("leporello_pictures_missing", "gauge", "Pictures of articles that could not be had.")
	f.value("leporello_pictures_missing", float64(t.Missing))
	f.head("leporello_harvest_timestamp_seconds", "gauge", "When a source was last read without an error.")
	for _, h := range harvests {
		f.moment("leporello_harvest_timestamp_seconds", h.Good, "source", h.Source)
	}
	f.head("leporello_harvest_failing", "gauge", "1 where the last reading of a source failed.")
	for _, h := range harvests {
		failing := 0.0
		if h.Error != "" {
			failing = 1
		}
		f.value("leporello_harvest_failing", failing, "source", h.Source)
	}
	f.process()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err = f.WriteTo(w)
	return err
}

// process tells what the program takes of the machine, as its own runtime knows it.
func (f *figures) process() {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"},
	}
	metrics.Read(samples)
	n := func(i int) float64 { return float64(samples[i].Value.Uint64()) }
	f.head("leporello_memory_bytes", "gauge", "Memory that the program holds of the system.")
	f.value("leporello_memory_bytes", n(0)-n(1))
	f.head("leporello_memory_objects_bytes", "gauge", "Memory in use, with what is not yet collected.")
	f.value("leporello_memory_objects_bytes", n(2))
	f.head("leporello_goroutines", "gauge", "Threads of work within the program.")
	f.value("leporello_goroutines", n(3))
}
