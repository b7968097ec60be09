package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ExecOptions say which command takes books away.
type ExecOptions struct {
	// Argv is the command and its arguments, as they are: no shell reads them. What of
	// the book it needs is in its environment:
	//
	//	LEPORELLO_DIGEST LEPORELLO_SLOT LEPORELLO_ISSUE   which it is; no number: empty
	//	LEPORELLO_TITLE LEPORELLO_LANG LEPORELLO_DATE     the date as RFC 3339 has it
	//	LEPORELLO_FILES                                   the paths of its files, one a line
	//	LEPORELLO_FILE_EPUB LEPORELLO_FILE_PDF            the first of each format
	//	LEPORELLO_COVER                                   the path of a picture
	//
	// The files have the names that they are to be called by. They are the command's to
	// read until it ends.
	//
	// When it ends with 0 the book is delivered. 75 (EX_TEMPFAIL of sysexits.h) asks to be
	// started again later.
	Argv []string
	Dir  string   // where it runs; empty: where this program does
	Env  []string // the rest of its environment, "PATH=…"; empty: there is none
	// Formats are those of the files that it gets; empty: all.
	Formats []string
	// Timeout is how long it may take; 0: ten minutes. Then it and all that it started
	// is ended.
	Timeout time.Duration
	// Retry: whatever it ends with, it is started again later.
	Retry bool
	// Repeatable: it does no harm to start it twice for a book. Otherwise nobody does
	// when it was ended in the middle.
	Repeatable bool
}

// Exec is a command that takes books somewhere.
func Exec(o ExecOptions) (Target, error) {
	if len(o.Argv) == 0 || o.Argv[0] == "" {
		return nil, errors.New("no command is given")
	}
	if o.Timeout < 0 {
		return nil, errors.New("a time limit is not below 0")
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Minute
	}
	return &hook{o}, nil
}

type hook struct{ ExecOptions }

func (h *hook) Parts(b Book) ([]Part, error) {
	parts, err := whole(b, h.Formats)
	if err != nil {
		return nil, err
	}
	return parts, Permanent(distinct(parts[0].Files))
}

func (h *hook) Repeatable() bool { return h.ExecOptions.Repeatable }

func (h *hook) Deliver(ctx context.Context, b Book, p Part) (Receipt, error) {
	dir, err := os.MkdirTemp("", "leporello-")
	if err != nil {
		return Receipt{}, err
	}
	defer os.RemoveAll(dir)
	env, err := environment(b, p.Files, dir)
	if err != nil {
		return Receipt{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, h.Timeout, fmt.Errorf("it took longer than %v", h.Timeout))
	defer cancel()
	var out tail
	cmd := exec.CommandContext(ctx, h.Argv[0], h.Argv[1:]...)
	cmd.Dir = h.Dir
	cmd.Env = append(slices.Clone(h.Env), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 2 * time.Second // for what it started and left behind holding its output
	group(cmd)
	if err := cmd.Start(); err != nil {
		return Receipt{}, Permanent(err)
	}
	err = cmd.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended with 0
	}
	if err == nil {
		return Receipt{Detail: out.String()}, nil
	}
	name := filepath.Base(h.Argv[0])
	if ctx.Err() != nil {
		killGroup(cmd)
		err = fmt.Errorf("%s was ended: %w%s", name, context.Cause(ctx), out.after())
		if !h.ExecOptions.Repeatable {
			err = Uncertain(err)
		}
		return Receipt{}, err
	}
	failed := fmt.Errorf("%s: %w%s", name, err, out.after())
	if h.Retry || cmd.ProcessState.ExitCode() == tempFail {
		return Receipt{}, failed
	}
	return Receipt{}, Permanent(failed)
}

const tempFail = 75 // EX_TEMPFAIL of sysexits.h

// environment returns what a command is told of a book. Files that lie under other
// names than theirs get those in dir.
func environment(b Book, files []File, dir string) ([]string, error) {
	number := ""
	if b.Issue > 0 {
		number = strconv.Itoa(b.Issue)
	}
	env := []string{
		"LEPORELLO_DIGEST=" + line(b.Digest), "LEPORELLO_SLOT=" + line(b.Slot), "LEPORELLO_ISSUE=" + number,
		"LEPORELLO_TITLE=" + line(b.Title), "LEPORELLO_LANG=" + line(b.Lang), "LEPORELLO_DATE=" + b.Date.Format(time.RFC3339),
	}
	if b.Cover != "" {
		cover, err := filepath.Abs(b.Cover)
		if err != nil {
			return nil, err
		}
		env = append(env, "LEPORELLO_COVER="+cover)
	}
	var paths []string
	first := map[string]bool{}
	for _, f := range files {
		path, err := filepath.Abs(f.Path)
		if err != nil {
			return nil, err
		}
		if name := portable(f.Name); filepath.Base(path) != name {
			named := filepath.Join(dir, name)
			if err := copyFile(path, named); err != nil {
				return nil, err
			}
			path = named
		}
		paths = append(paths, path)
		if !first[f.Format] {
			first[f.Format] = true
			env = append(env, "LEPORELLO_FILE_"+strings.ToUpper(f.Format)+"="+path)
		}
	}
	return append(env, "LEPORELLO_FILES="+strings.Join(paths, "\n")), nil
}

// copyFile makes a copy, so that a command that changes its files changes no other.
func copyFile(path, name string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		return err
	}
	return to.Close()
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const maxTail = 2000 // bytes of a command's output that are kept

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	p = p[max(0, n-maxTail):]
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-maxTail):]
	return n, nil
}

// String returns it as text, without what steers terminals.
func (t *tail) String() string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(t.b), "")))
}

// after returns it as the end of a message.
func (t *tail) after() string {
	if s := t.String(); s != "" {
		return ": " + s
	}
	return ""
}
