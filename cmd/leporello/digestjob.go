package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/digest"
	"github.com/leporello-press/leporello/digest/deliver"
	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/press"
	"github.com/leporello-press/leporello/source"
)

// networkOf completes n, whose flags are among f, by the configuration, and reads
// it. Messages are left out when quiet.
func (e *env) networkOf(c *recipe.Config, f *pflag.FlagSet, n *network, quiet bool) error {
	if err := fill(f, c, c.Network); err != nil {
		return err
	}
	return n.resolve(e, quiet)
}

// sourceOf returns how a source of the configuration is read. web brings its pages.
func (e *env) sourceOf(c *recipe.Config, s *recipe.Source, web source.Web) (digest.Reading, error) {
	var how choosing
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	how.flags(f)
	if err := fill(f, c, s.Settings); err != nil {
		return digest.Reading{}, err
	}
	if err := how.resolve(e, web); err != nil {
		return digest.Reading{}, fmt.Errorf("%s: source %s: %w", s.Pos, s.Name, err)
	}
	operands := make([]string, len(s.Inputs))
	for i, in := range s.Inputs {
		operands[i] = operand(c, in)
	}
	return digest.Reading{
		Find: func(context.Context) ([]source.Entry, error) {
			return source.Find(operands, source.Search{Get: web.Get, Folder: isOneInput})
		},
		Readers: how.readers,
		Whole:   whole(web, how.readers),
	}, nil
}

// operand returns an input of the configuration as a person would type it where the
// process runs.
func operand(c *recipe.Config, input string) string {
	switch name, list := strings.CutPrefix(input, "@"); {
	case list:
		return "@" + c.Abs(name)
	case strings.Contains(input, "://"):
		return input
	}
	return c.Abs(input)
}

// bookOf returns what the books of a digest look like and what holds for all of
// them: the options, the cover, and for each of its outputs one without a path. The
// store of n must be open where there are covers or pictures. How much may be missing
// is in the thresholds.
func (e *env) bookOf(c *recipe.Config, d *recipe.Digest, n *network) (press.Job, []press.Threshold, error) {
	var job press.Job
	var choose choosing
	var make making
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	choose.own(f)
	make.flags(f)
	if err := fill(f, c, d.Settings); err != nil {
		return job, nil, err
	}
	if err := choose.choose(e); err != nil {
		return job, nil, fmt.Errorf("%s: digest %s: %w", d.Pos, d.Name, err)
	}
	if err := make.resolve(); err != nil {
		return job, nil, fmt.Errorf("%s: digest %s: %w", d.Pos, d.Name, err)
	}
	o := choose.options
	job = press.Job{Tool: "leporello " + toolVersion(), Clock: e.now, Options: press.Options{
		Lang: o.Lang, Sort: o.Sort, Group: o.Group, Drafts: o.Drafts, Future: o.Future, Zone: d.Zone, Images: make.mode,
	}}
	if n.store != nil {
		job.Assets = n.store
	}
	var covers []func(context.Context, press.Cover) (string, error)
	for i := range d.Outputs {
		out := &d.Outputs[i]
		x, f, err := e.editionOf(c, out)
		if err != nil {
			return job, nil, err
		}
		output, err := x.output(f)
		if err != nil {
			return job, nil, fmt.Errorf("%s: %w", out.Pos, err)
		}
		job.Outputs = append(job.Outputs, output)
		draw := func(context.Context, press.Cover) (string, error) { return "", nil }
		if f.cover && n.store != nil {
			draw = x.look.cover(n.store)
		}
		covers = append(covers, draw)
	}
	job.Cover = func(ctx context.Context, c press.Cover) (string, error) { return covers[c.Output](ctx, c) }
	return job, make.thresholds, nil
}

// editionOf reads the settings of an output.
func (e *env) editionOf(c *recipe.Config, o *recipe.Output) (*edition, *format, error) {
	x := &edition{}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	x.flags(f)
	if err := fill(f, c, o.Settings); err != nil {
		return nil, nil, err
	}
	if err := x.resolve(); err != nil {
		return nil, nil, fmt.Errorf("%s: output %s: %w", o.Pos, o.Path, err)
	}
	i := slices.IndexFunc(formats, func(f format) bool { return f.ext == "."+o.Format })
	if i < 0 {
		return nil, nil, usagef("", "%s: output %s: there is no format %q", o.Pos, o.Path, o.Format)
	}
	return x, &formats[i], nil
}

// targetOf returns who gets the books of a digest. Passwords are asked for when they
// are needed.
func (e *env) targetOf(c *recipe.Config, t *recipe.Target) (target deliver.Target, err error) {
	password := func(s recipe.Secret) deliver.Password {
		if s.IsZero() {
			return nil
		}
		return func(ctx context.Context) (string, error) { return e.secret(ctx, c, s) }
	}
	switch to := t.To.(type) {
	case *recipe.Folder:
		target, err = deliver.Folder(deliver.FolderOptions{Dir: c.Abs(to.Path), Keep: to.Keep, Formats: t.Formats, OPDS: to.OPDS, Title: to.Title, BaseURL: to.BaseURL})
	case *recipe.Mail:
		target, err = deliver.Mail(deliver.MailOptions{
			Name: t.Name, Server: to.Server, Password: password(to.Password), Token: to.OAuth, From: to.From, To: to.To, Subject: to.Subject,
			Formats: t.Formats, MaxMessage: to.MaxBytes, MaxFiles: to.MaxFiles, PlainLoopback: to.PlainLoopback, Clock: e.now,
		})
	case *recipe.WebDAV:
		target, err = deliver.WebDAV(deliver.WebDAVOptions{
			URL: to.URL, User: to.User, Password: password(to.Password), Keep: to.Keep, Formats: t.Formats, AllowHTTP: to.AllowHTTP,
		})
	case *recipe.Exec:
		target, err = deliver.Exec(deliver.ExecOptions{
			Argv: to.Command, Dir: c.Dir, Env: e.passed(), Formats: t.Formats, Timeout: to.Timeout, Retry: t.Retry != recipe.Retry{}, Repeatable: to.Repeatable,
		})
	default:
		panic(fmt.Sprintf("a destination of type %T", to))
	}
	if err != nil {
		return nil, usagef("", "%s: deliver %s: %w", t.Pos, t.Name, err)
	}
	return target, nil
}

// passed is what of the environment a command that takes books away gets: what programs
// need to run, and nothing that may be a secret.
func (e *env) passed() []string {
	var out []string
	for _, name := range []string{
		"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_TIME",
		"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK",
		"SSL_CERT_FILE", "SSL_CERT_DIR",
		"SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", // Windows
	} {
		if value := e.getenv(name); value != "" {
			out = append(out, name+"="+value)
		}
	}
	return out
}

// Bounds of commands that print passwords.
const (
	maxSecret     = 4096
	secretTimeout = time.Minute
)

// secret returns a password of the configuration; empty: there is none.
func (e *env) secret(ctx context.Context, c *recipe.Config, s recipe.Secret) (string, error) {
	var data []byte
	var err error
	switch {
	case s.IsZero():
		return "", nil
	case s.Clear != "":
		return s.Clear, nil
	case s.Env != "":
		if data = []byte(e.getenv(s.Env)); len(data) == 0 {
			return "", fmt.Errorf("the password: the variable %s is empty", s.Env)
		}
	case s.File != "":
		if data, err = readBounded(c.Abs(s.File), maxSecret); err != nil {
			return "", fmt.Errorf("the password: %w", err)
		}
	default:
		ctx, cancel := context.WithTimeout(ctx, secretTimeout)
		defer cancel()
		cmd := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...)
		cmd.Dir, cmd.Stderr = c.Dir, e.stderr
		if data, err = cmd.Output(); err != nil {
			return "", fmt.Errorf("the password: %s: %w", filepath.Base(s.Command[0]), err)
		}
	}
	// What pass and its like print has the password in its first line.
	line, _, _ := bytes.Cut(data, []byte("\n"))
	word := strings.TrimSuffix(string(line), "\r")
	if word == "" || len(word) > maxSecret {
		return "", fmt.Errorf("the password %s: its first line has %d bytes", s, len(word))
	}
	return word, nil
}

// readBounded reads a file of which no more than limit bytes make sense.
func readBounded(path string, limit int64) ([]byte, error) {
	return source.Input{Files: os.DirFS(filepath.Dir(path))}.ReadFile(filepath.Base(path), limit)
}
