// Command leporello makes books of articles: EPUB collections for e-readers and
// typeset PDF, from files and folders, with their pictures in them.
//
// It holds what only a command knows: flags, environment and clock, the tables
// of readers and formats, messages and exit codes. The work is done by package
// press.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	_ "time/tzdata" // --timezone works where the system has no table of zones

	"golang.org/x/term"

	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/media/fetch"
)

// Exit codes. They do not change.
const (
	exitOK          = 0
	exitNoBook      = 1
	exitUsage       = 2
	exitThreshold   = 3
	exitEmpty       = 4   // nothing is new, and --exit-empty asks to be told
	exitUndelivered = 5   // made, but not delivered
	exitHeld        = 75  // another run works on the same (EX_TEMPFAIL)
	exitInterrupted = 130 // SIGTERM: 143
)

func main() { os.Exit(Main()) }

// Main runs the command with the process's own arguments and returns its exit code.
func Main() int {
	log.SetOutput(io.Discard) // libraries have nothing to say to people
	if os.Getenv("GOGC") == "" {
		// Pictures are large and soon done with. To collect them sooner saves a fifth of the
		// memory and takes no time that can be measured.
		debug.SetGCPercent(40)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-signals
		cancel(interrupted{s})
		signal.Stop(signals) // a second one ends the process at once
	}()
	e := &env{
		args: os.Args[1:], getenv: os.Getenv, now: time.Now,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}
	e.terminal = term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb"
	e.colour = e.terminal && os.Getenv("NO_COLOR") == ""
	return e.main(ctx)
}

// faults are where tests break the command from within; in the program they are
// zero.
var faults struct {
	timeouts fetch.Timeouts
	clock    fetch.Clock
	resolver *net.Resolver
	patience time.Duration // of serve with its clients; 0: its own
	// taskTime is after what time a task is taken from another process; 0: as usual.
	taskTime time.Duration
	// at is called at points of a build: "reading 2", "pictures 1", "writing 3",
	// "made"; nil: nobody wants to know.
	at func(point string)
}

// env is what a command sees of the world.
type env struct {
	args           []string
	getenv         func(string) string
	now            func() time.Time
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool         // stderr is a terminal
	colour         bool         // messages may have colour
	log            *slog.Logger // where messages go as lines of a log; nil: nowhere
}

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ os.Signal }

func (i interrupted) Error() string { return "interrupted" }

func (i interrupted) code() int {
	if i.Signal == syscall.SIGTERM {
		return exitInterrupted + int(syscall.SIGTERM) - int(syscall.SIGINT)
	}
	return exitInterrupted
}

// usageError is a mistake in how the command was called.
type usageError struct {
	err  error
	hint string // what to type instead; may be empty
}

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

func usagef(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// exitError ends the command with a code after everything was said.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// main runs the command and turns its error into messages and an exit code.
func (e *env) main(ctx context.Context) int {
	root := e.root()
	root.SetArgs(e.args)
	return e.explain(root.ExecuteContext(ctx))
}

// explain says what an error is, and returns the exit code that it stands for.
func (e *env) explain(err error) int {
	var (
		usage *usageError
		exit  *exitError
		sig   interrupted
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &sig):
		e.say("error", "interrupted; nothing was replaced")
		return sig.code()
	case errors.As(err, &usage):
		e.say("error", "%v", err)
		if usage.hint != "" {
			e.say("hint", "%s", usage.hint)
		}
		return exitUsage
	}
	for line := range strings.Lines(plain(err)) { // one for each output
		e.say("error", "%s", strings.TrimSuffix(line, "\n"))
	}
	if hint := hintFor(err); hint != "" {
		e.say("hint", "%s", hint)
	}
	if errors.Is(err, filelock.ErrHeld) || errors.Is(err, state.ErrLocked) {
		return exitHeld
	}
	return exitNoBook
}
