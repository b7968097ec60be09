package recipe

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/leporello-press/leporello/digest/schedule"
)

// frozen is a Digest as JSON: what an issue was made by. It has all but who gets it,
// for that is a matter of the day of delivery and may hold secrets.
type frozen struct {
	plainDigest
	Schedule string     `json:",omitempty"`
	Zone     string     `json:",omitempty"`
	Window   string     `json:",omitempty"`
	Deliver  []struct{} `json:",omitempty"` // hides that of plainDigest
}

// plainDigest is Digest without its methods.
type plainDigest Digest

// MarshalJSON returns d without its targets.
func (d *Digest) MarshalJSON() ([]byte, error) {
	f := frozen{plainDigest: plainDigest(*d), Schedule: d.schedule, Window: d.window}
	if d.Zone != nil {
		f.Zone = d.Zone.String()
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON returned. d then has no targets.
func (d *Digest) UnmarshalJSON(data []byte) error {
	var f frozen
	err := json.Unmarshal(data, &f)
	if err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	*d = Digest(f.plainDigest)
	d.schedule, d.window = f.Schedule, f.Window
	if d.Zone, err = time.LoadLocation(f.Zone); err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	if f.Window != "" {
		if d.Window, err = schedule.ParseWindow(f.Window); err != nil {
			return fmt.Errorf("recipe: %w", err)
		}
	}
	if f.Schedule != "" {
		if d.Schedule, err = schedule.Parse(f.Schedule, d.Zone); err != nil {
			return fmt.Errorf("recipe: %w", err)
		}
	}
	return nil
}
