package press

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/internal/atomicfile"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/source"
)

// sized gives pictures the size that their address names, the first the latest.
type sized struct{ pictures }

func (s *sized) Fetch(_ context.Context, p Picture) Fetched {
	n := s.asked.Add(1)
	time.Sleep(time.Duration(20-min(n, 20)) * time.Millisecond / 4)
	var size int64
	fmt.Sscanf(p.Src[strings.LastIndexByte(p.Src, '/')+1:], "%d", &size)
	return Fetched{Key: p.Src[strings.LastIndexByte(p.Src, '/')+1:], Size: size, Bytes: size}
}

func fates(rep *Report) string {
	var s []string
	for _, p := range rep.Pictures {
		if f := string(p.Fate); p.Code != "" {
			s = append(s, f+":"+p.Code)
		} else {
			s = append(s, f)
		}
	}
	return strings.Join(s, " ")
}

func TestBounds(t *testing.T) {
	const host = "img: http://h/"
	for _, tt := range []struct {
		name  string
		texts []string
		o     Options
		want  string
		asked int64 // at most
	}{
		{"within", []string{host + "10a\n" + host + "10b"}, Options{MaxPictures: 2, MaxArticleBytes: 20, MaxBookBytes: 20}, "embedded embedded", 2},
		{"too many", []string{host + "1a\n" + host + "1b\n" + host + "1c", host + "1d"}, Options{MaxPictures: 2}, "embedded embedded missing:too_many embedded", 3},
		{"an article too large", []string{host + "10a\n" + host + "11b\n" + host + "1c", host + "1d"}, Options{MaxArticleBytes: 20}, "embedded missing:article_limit missing:article_limit embedded", 4},
		{"a book too large", []string{host + "10a", host + "11b", host + "1c"}, Options{MaxBookBytes: 20}, "embedded missing:book_limit missing:book_limit", 3},
		{"the same picture is one", []string{host + "10a", host + "10a", host + "10b"}, Options{MaxBookBytes: 20}, "embedded embedded embedded", 3},
		{"files are one's own", []string{"img: 10a\nimg: 10b\nimg: 10c\n" + host + "1d"}, Options{MaxPictures: 1, MaxArticleBytes: 5, MaxBookBytes: 5}, "embedded embedded embedded embedded", 4},
	} {
		for _, fetches := range []int{1, 8} {
			var list []Input
			for i, text := range tt.texts {
				name := fmt.Sprint(i)
				list = append(list, Input{Name: name, Load: func() (source.Input, error) {
					return source.Input{Name: name, Data: []byte("title: " + name + "\n" + text), Files: os.DirFS("."), Path: "x"}, nil
				}})
			}
			pics := &sized{}
			tt.o.EachPicture, tt.o.Fetches = true, fetches
			out, rep, err := run1(t, Job{Inputs: list, Pictures: pics, Options: tt.o})
			if err != nil {
				t.Fatal(err)
			}
			if got := fates(rep); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
			missing := strings.Count(tt.want, "missing")
			if rep.Images.Failed != missing || rep.Images.Wanted != len(rep.Pictures) || strings.Count(out, "missing \"more than") != missing {
				t.Errorf("%s: %+v\n%s", tt.name, rep.Images, out)
			}
			if n := pics.asked.Load(); n > tt.asked {
				t.Errorf("%s: %d were asked for", tt.name, n)
			}
			if len(rep.Problems) != missing {
				t.Errorf("%s: problems %v", tt.name, rep.Problems)
			}
		}
	}
	// Past a bound nobody is asked.
	pics := &sized{}
	text := "title: x\n" + strings.Repeat(host+"10\n", 1)
	for i := range 500 {
		text += fmt.Sprintf("%s1000x%d\n", host, i)
	}
	_, rep, err := run1(t, Job{Inputs: inputs("a", text), Pictures: pics, Options: Options{MaxPictures: 1000, MaxBookBytes: 5000, Fetches: 1}})
	if err != nil || pics.asked.Load() > 10 || rep.Images.Failed < 490 {
		t.Errorf("%v, %d asked, %+v", err, pics.asked.Load(), rep.Images)
	}
}

// fated answers by the address.
type fated struct{}

func (fated) Fetch(_ context.Context, p Picture) Fetched {
	tries := []article.Attempt{{Referer: "page", Status: 403, Bytes: 5, Error: "HTTP 403"}}
	switch p.Src {
	case "http://h/new":
		return Fetched{Key: "k", Size: 10, Bytes: 10, Attempts: []article.Attempt{{Referer: "none", Status: 200, Bytes: 10}}}
	case "http://h/cached":
		return Fetched{Key: "k", Size: 10, Cached: true}
	case "http://h/stale":
		return Fetched{Key: "k", Size: 10, Stale: true, Bytes: 5, Attempts: tries}
	case "http://h/pixel":
		return Fetched{Reason: "tracker", Worthless: true}
	}
	return Fetched{Reason: "http_403", Detail: "HTTP 403", Bytes: 5, Attempts: tries}
}

func TestEachPicture(t *testing.T) {
	const text = "title: x\nimg: http://h/new\nimg: http://h/cached\nimg: http://h/stale\nimg: http://h/pixel\nimg: http://u:pw@h/gone?token=abc"
	for _, each := range []bool{false, true} {
		_, rep, err := run1(t, Job{Inputs: inputs("a?key=abc", text), Pictures: fated{}, Options: Options{EachPicture: each}})
		if err != nil {
			t.Fatal(err)
		}
		if want := (Images{Wanted: 4, Embedded: 3, Cached: 2, Failed: 1, Skipped: 1, BytesIn: 20}); rep.Images != want {
			t.Errorf("%+v, want %+v", rep.Images, want)
		}
		var b bytes.Buffer
		if err := rep.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "abc") || strings.Contains(b.String(), "pw") {
			t.Errorf("secrets: %s", &b)
		}
		var codes []string
		for _, p := range rep.Problems {
			codes = append(codes, p.Code+" "+p.Severity)
		}
		if got := strings.Join(codes, ", "); got != "image.stale info, image.tracker info, image.http_403 loss" {
			t.Errorf("problems: %s", got)
		}
		if !each {
			if rep.Pictures != nil {
				t.Errorf("%+v", rep.Pictures)
			}
			continue
		}
		if got := fates(rep); got != "embedded cached stale left_out:tracker missing:http_403" {
			t.Errorf("fates %s", got)
		}
		last := rep.Pictures[4]
		if last.URL != "http://h/gone?token=…" || last.Article != "a?key=…" || last.Line != 6 || last.Bytes != 5 || len(last.Attempts) != 1 || last.Attempts[0].Error != "HTTP 403" {
			t.Errorf("%+v", last)
		}
	}
	_, rep, err := run1(t, Job{Inputs: inputs("a", text), Pictures: fated{}, Options: Options{EachPicture: true, MaxProblems: 2}})
	if err != nil || len(rep.Pictures) != 2 || rep.MorePictures != 3 {
		t.Errorf("%v, %d listed, %d more", err, len(rep.Pictures), rep.MorePictures)
	}
}

func TestCaptive(t *testing.T) {
	page := func(name, base, text string) Input {
		return Input{Name: name, Load: func() (source.Input, error) {
			return source.Input{Name: name, Base: base, Data: []byte("title: x\n" + text)}, nil
		}}
	}
	web := func(texts ...string) (list []Input) {
		for i, text := range texts {
			address := fmt.Sprintf("https://h%d.example/", i)
			list = append(list, page(address, address, text))
		}
		return list
	}
	for _, tt := range []struct {
		name   string
		inputs []Input
		want   bool
	}{
		{"all the same", web("login", "login", "login"), true},
		{"most the same", web("login", "news", "login", "login"), true},
		{"half the same", web("login", "news", "login", "more"), false},
		{"two say little", web("login", "login"), false},
		{"files may be alike", []Input{page("a", "", "x"), page("b", "", "x"), page("c", "", "x")}, false},
	} {
		_, rep, err := run1(t, Job{Inputs: tt.inputs})
		if err != nil {
			t.Fatal(err)
		}
		got := len(rep.Problems) == 1 && rep.Problems[0].Code == "article.duplicate_content" && len(rep.Hints) == 1
		if got != tt.want {
			t.Errorf("%s: %+v, hints %v", tt.name, rep.Problems, rep.Hints)
		}
	}
}

// Of two runs for one book the second is refused, and the first is whole.
func TestOutputIsClaimed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.txt")
	other, err := atomicfile.Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	job := Job{Inputs: inputs("a", "title: x"), Outputs: []Output{{Path: path, Exporter: dump{}}}}
	if _, _, err := run1(t, job); !errors.Is(err, filelock.ErrHeld) || !errors.Is(err, ErrOutput) || err.Error() != "press: "+path+": not written: in use by another run" {
		t.Errorf("beside another: %v", err)
	}
	other.Release()
	if _, _, err := run1(t, job); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
