package press

import "fmt"

// Progress is how far a run is.
type Progress struct {
	Phase  Phase
	Output string // which output, while Writing
	Done   int    // inputs, pictures or articles
	Total  int
	Failed int // of Done
}

// Phase is what a run is doing.
type Phase uint8

// The phases in their order.
const (
	Reading Phase = iota
	Fetching
	Writing
)

// String returns "reading", "pictures" or "writing".
func (p Phase) String() string {
	switch p {
	case Reading:
		return "reading"
	case Fetching:
		return "pictures"
	case Writing:
		return "writing"
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// tell has a step done and told, one at a time.
func (r *run) tell(step func() Progress) {
	r.progress.Lock()
	defer r.progress.Unlock()
	p := step()
	if r.job.Progress != nil {
		r.job.Progress(p)
	}
}
