package deliver

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestFate(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		name                 string
		err                  error
		permanent, uncertain bool
		after                time.Duration
	}{
		{"nothing", nil, false, false, 0},
		{"unmarked", cause, false, false, 0},
		{"permanent", Permanent(cause), true, false, 0},
		{"uncertain", Uncertain(cause), false, true, 0},
		{"later", Later(cause, time.Hour), false, false, time.Hour},
		{"wrapped", fmt.Errorf("mail: %w", Permanent(cause)), true, false, 0},
		{"the outermost counts", Uncertain(fmt.Errorf("x: %w", Permanent(cause))), false, true, 0},
		{"no error, marked", Permanent(nil), false, false, 0},
	} {
		if IsPermanent(c.err) != c.permanent || IsUncertain(c.err) != c.uncertain || RetryAfter(c.err) != c.after {
			t.Errorf("%s: permanent %v, uncertain %v, after %v", c.name, IsPermanent(c.err), IsUncertain(c.err), RetryAfter(c.err))
		}
		if marked := c.name != "nothing" && c.name != "no error, marked"; errors.Is(c.err, cause) != marked {
			t.Errorf("%s: the cause is lost", c.name)
		}
	}
	if Permanent(nil) != nil || Uncertain(nil) != nil || Later(nil, 1) != nil {
		t.Error("a mark makes an error of none")
	}
}

func TestWhole(t *testing.T) {
	b := Book{Files: []File{{Name: "a.epub", Format: "epub"}, {Name: "a.pdf", Format: "pdf"}, {Name: "b.epub", Format: "epub"}}}
	for _, c := range []struct {
		formats []string
		want    int
	}{{nil, 3}, {[]string{"epub"}, 2}, {[]string{"pdf", "epub"}, 3}, {[]string{"mobi"}, 0}} {
		parts, err := whole(b, c.formats)
		if c.want == 0 {
			if !errors.Is(err, ErrNoFiles) || !IsPermanent(err) {
				t.Errorf("%v: %v", c.formats, err)
			}
			continue
		}
		if err != nil || len(parts) != 1 || len(parts[0].Files) != c.want || parts[0].Of != 1 {
			t.Errorf("%v: %+v, %v", c.formats, parts, err)
		}
	}
}
