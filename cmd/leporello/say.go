package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/leporello-press/leporello/article"
	"github.com/leporello-press/leporello/digest/state"
	"github.com/leporello-press/leporello/internal/filelock"
	"github.com/leporello-press/leporello/internal/redact"
	"github.com/leporello-press/leporello/press"
)

// say writes a message to standard error: "leporello: error: …".
func (e *env) say(kind, format string, args ...any) {
	text := printable(redact.Text(fmt.Sprintf(format, args...)))
	if e.log != nil {
		level := slog.LevelInfo
		switch kind {
		case "error":
			level = slog.LevelError
		case "warning":
			level = slog.LevelWarn
		}
		e.log.Log(context.Background(), level, text, "kind", kind)
		return
	}
	if e.colour {
		switch kind {
		case "error":
			kind = "\x1b[31m" + kind + "\x1b[0m"
		case "warning":
			kind = "\x1b[33m" + kind + "\x1b[0m"
		}
	}
	fmt.Fprintf(e.stderr, "leporello: %s: %s\n", kind, text)
}

// printable keeps what inputs say from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
}

// plain writes an error without the names of packages, which say nothing to a
// person: "press: a.html: no articles" is "a.html: no articles".
func plain(err error) string {
	text := err.Error()
	for _, room := range []string{"press: ", "source: ", "media: ", "fetch: ", "epub: ", "pdf: ", "layout: ", "fonts: ", "html: ", "state: "} {
		text = strings.ReplaceAll("\n"+text, "\n"+room, "\n")[1:]
		text = strings.ReplaceAll(text, ": "+room, ": ")
	}
	return text
}

// remembered writes an error that was kept as a text, in one line.
func remembered(text string) string {
	return strings.ReplaceAll(plain(errors.New(text)), "\n", "; ")
}

// hintFor says what a person may do about an error; empty: nothing comes to mind.
func hintFor(err error) string {
	var cache *cacheError
	var file *fs.PathError
	switch {
	case errors.Is(err, filelock.ErrHeld):
		return "try again when it has ended"
	case errors.Is(err, state.ErrBroken):
		return "leporello run --rebuild-state moves it aside, and makes one of what can still be read of it"
	case errors.Is(err, state.ErrNewer):
		return "a newer leporello made issues here; this one must not go on with them"
	case errors.Is(err, state.ErrOlder):
		return "any run brings it up to date"
	case errors.Is(err, state.ErrForeign):
		return "--state-dir names a folder for what leporello remembers"
	case errors.Is(err, state.ErrLocked):
		return "try again when it has ended"
	case errors.Is(err, state.ErrReadOnly):
		return "the folder and the file must be writable: --state-dir names another"
	case errors.As(err, &cache):
		return "--cache-dir names a folder that can be written to"
	case errors.Is(err, press.ErrTooLarge):
		return "a larger --max-size, a smaller --max-width or --images none"
	case errors.Is(err, press.ErrOutput) && errors.Is(err, fs.ErrNotExist):
		return "the folder of the output must exist"
	case errors.Is(err, press.ErrOutput) && errors.Is(err, fs.ErrPermission):
		return "the folder of the output must be writable: the book is made beside its place"
	case errors.Is(err, press.ErrNoneChosen):
		return "leporello ls INPUT... shows what would go in; --since, --until, --drafts and --future choose"
	case errors.As(err, &file):
		return "" // it is no input: those are looked for
	case errors.Is(err, fs.ErrNotExist):
		return "inputs are files, folders, patterns in quotes (\"posts/**/*.html\"), or - for standard input"
	}
	return ""
}

// shown is how many losses are listed on the terminal.
const shown = 5

// losses says what is missing from the book: how much, and the first of it. With
// verbose every issue is listed, with strict all that count against the book.
func (e *env) losses(rep *press.Report, verbose, strict bool) {
	if n := rep.Images.Failed; n > 0 {
		verb := "are"
		if n == 1 {
			verb = "is"
		}
		e.say("warning", "%d of %s %s missing; a placeholder stands for each", n, plural(rep.Images.Wanted, "picture", "pictures"), verb)
	}
	if n := rep.Articles.Failed; n > 0 {
		e.say("warning", "%s could not be read", plural(n, "article", "articles"))
	}
	if n := rep.MissingGlyphs(); n > 0 {
		e.say("warning", "%s in no font; empty boxes stand for them", plural(n, "character is", "characters are"))
	}
	for _, l := range rep.Losses() {
		if area, _, _ := strings.Cut(l.Code, "."); area != "image" && area != "article" {
			e.say("warning", "%s: %s", l.Code, plural(l.N, "loss", "losses"))
		}
	}
	var list []press.Problem
	for _, p := range rep.Problems {
		if verbose || strict && press.FrontMatter(p.Issue()) || p.Severity == article.Loss.String() || strings.HasPrefix(p.Code, "glyph.") {
			list = append(list, p)
		}
	}
	most := shown
	if verbose || strict {
		most = len(list)
	}
	for _, p := range list[:min(most, len(list))] {
		fmt.Fprintf(e.stderr, "  %s\n", printable(p.Issue().String()))
	}
	if more := len(list) - most + rep.MoreProblems; more > 0 {
		fmt.Fprintf(e.stderr, "  … and %d more; -v or --report FILE lists all\n", more)
	}
	if n := rep.Warnings(); n > 0 && !verbose {
		e.say("note", "%s shown in another form than meant; -v lists them", plural(n, "thing is", "things are"))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// size writes a number of bytes for a person.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
