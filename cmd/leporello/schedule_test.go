package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/internal/golden"
)

// startings are what the tests below have other programs start.
func startings(t *testing.T) map[string]*starting {
	t.Helper()
	plan := func(name, spec, zone string) planned {
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		s, err := schedule.Parse(spec, z)
		if err != nil {
			t.Fatal(err)
		}
		return planned{name, s}
	}
	now := time.Date(2026, 11, 23, 9, 44, 0, 0, time.UTC)
	weekly := plan("weekly", "Sun 07:00", "Asia/Shanghai")
	return map[string]*starting{
		"one": {digests: []planned{weekly}, program: "/usr/local/bin/leporello", config: "/home/me/leporello.yaml", image: "leporello:latest", now: now},
		"odd": {
			digests: []planned{plan("100% 新闻's $HOME", "Sun 02:30", "America/New_York"), plan("100", "10 6 1,15 * Mon", "Asia/Kathmandu"), plan("周刊", "daily 23:59", "UTC")},
			asked:   []planned{{name: "100% 新闻's $HOME"}, {name: "100"}},
			program: "/opt/my books/leporello", config: `/home/me/100% "mine"/leporello.yaml`, image: "registry.example.org/leporello:1", now: now,
		},
	}
}

func TestSchedulePrint(t *testing.T) {
	for name, st := range startings(t) {
		for by, print := range starters {
			for _, f := range print(st) {
				golden.Equal(t, filepath.Join("testdata/schedule", name, by, f.name), f.text)
			}
		}
	}
}

// The command that each file starts is the one that was meant, quotes or not.
func TestScheduleCommands(t *testing.T) {
	for name, st := range startings(t) {
		want := strings.Join(st.run(st.asked...), "\n")
		var line string
		for l := range strings.Lines(st.cron()[0].text) {
			if !strings.HasPrefix(l, "#") {
				line = l
				break
			}
		}
		_, line, _ = strings.Cut(line, "*  ")
		shown := "printf '%s\\n' " + strings.ReplaceAll(strings.TrimSpace(line), `\%`, "%") // crontab(5)
		got, err := exec.Command("sh", "-c", shown).Output()
		if errors.Is(err, exec.ErrNotFound) {
			t.Skip("no shell")
		}
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: cron: %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestScheduleKubernetes(t *testing.T) {
	for name, st := range startings(t) {
		dec := yaml.NewDecoder(strings.NewReader(st.kubernetes()[0].text))
		dec.KnownFields(true)
		names := map[string]bool{}
		var commands []string
		for {
			var doc struct {
				APIVersion string `yaml:"apiVersion"`
				Kind       string
				Metadata   struct {
					Name   string
					Labels map[string]string
				}
				Spec yaml.Node
			}
			err := dec.Decode(&doc)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if names[doc.Metadata.Name] || len(doc.Metadata.Name) > 52 { // no longer, for jobs are called after it
				t.Errorf("%s: name %q", name, doc.Metadata.Name)
			}
			names[doc.Metadata.Name] = true
			if doc.Kind != "CronJob" {
				continue
			}
			var spec struct {
				Schedule, TimeZone, ConcurrencyPolicy string
				JobTemplate                           struct {
					Spec struct {
						Template struct {
							Spec struct {
								Containers []struct{ Command []string }
							}
						}
					}
				}
			}
			for key, value := range fields(&doc.Spec) {
				switch key {
				case "schedule":
					value.Decode(&spec.Schedule)
				case "timeZone":
					value.Decode(&spec.TimeZone)
				case "concurrencyPolicy":
					value.Decode(&spec.ConcurrencyPolicy)
				case "jobTemplate":
					value.Decode(&spec.JobTemplate)
				}
			}
			zone, err := time.LoadLocation(spec.TimeZone)
			if err != nil {
				t.Errorf("%s: %s: %v", name, doc.Metadata.Name, err)
			}
			if _, err := schedule.Parse(spec.Schedule, zone); err != nil || spec.ConcurrencyPolicy != "Forbid" {
				t.Errorf("%s: %s: %v, %q", name, doc.Metadata.Name, err, spec.ConcurrencyPolicy)
			}
			for _, c := range spec.JobTemplate.Spec.Template.Spec.Containers {
				commands = append(commands, strings.Join(c.Command[:len(c.Command)-2], "|"))
			}
		}
		var want []string
		for _, d := range st.digests {
			want = append(want, "leporello|run|--due|"+d.name)
		}
		again := "leporello|run|--due"
		for _, d := range st.asked {
			again += "|" + d.name
		}
		if want = append(want, "leporello|harvest", again); !slices.Equal(commands, want) || len(names) != len(st.digests)+2 {
			t.Errorf("%s: %v: %q, want %q", name, slices.Sorted(maps.Keys(names)), commands, want)
		}
	}
}

// fields yields the keys and values of a mapping.
func fields(n *yaml.Node) func(func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, n.Content[i+1]) {
				return
			}
		}
	}
}

// systemd itself reads the units.
func TestScheduleSystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("LEPORELLO_JUDGES") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for name, st := range startings(t) {
		dir := t.TempDir()
		if st.program = filepath.Join(dir, filepath.Base(filepath.Dir(st.program))); os.WriteFile(st.program, []byte("#!/bin/sh\n"), 0o755) != nil {
			t.Fatal("no program")
		}
		args := []string{"verify", "--user", "--man=no"}
		for _, f := range st.systemd() {
			path := filepath.Join(dir, f.name)
			if err := os.WriteFile(path, []byte(f.text), 0o644); err != nil {
				t.Fatal(err)
			}
			args = append(args, path)
			for line := range strings.Lines(f.text) {
				if expr, ok := strings.CutPrefix(line, "OnCalendar="); ok {
					if out, err := exec.Command(analyze, "calendar", strings.TrimSpace(expr)).CombinedOutput(); err != nil {
						t.Errorf("%s: %s: %v\n%s", name, expr, err, out)
					}
				}
			}
		}
		cmd := exec.Command(analyze, args...)
		cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir)
		// It reads what these units need, too, and may have something to say about that.
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "leporello") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestQuarters(t *testing.T) {
	for spec, want := range map[string]string{
		"Sun 07:00":         "0,15,30,45",
		"daily 06:40":       "10,25,40,55",
		"10,20 6 * * *":     "5,10,20,25,35,40,50,55",
		"*/5 * * * *":       "0,5,10,15,20,25,30,35,40,45,50,55",
		"* * * * *":         "*",
		"0 7 29 2 *":        "0,15,30,45",
		"0,1,2,3,4 7 * * *": "0,1,2,3,4,15,16,17,18,19,30,31,32,33,34,45,46,47,48,49",
	} {
		for _, zone := range []string{"UTC", "Asia/Kathmandu", "Australia/Lord_Howe"} {
			z, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			s, err := schedule.Parse(spec, z)
			if err != nil {
				t.Fatal(err)
			}
			st := &starting{digests: []planned{{"x", s}}, now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
			if got := st.quarters(); got != want {
				t.Errorf("%q in %s: %q, want %q", spec, zone, got, want)
			}
		}
	}
}

func TestLabel(t *testing.T) {
	for name, want := range map[string]string{
		"weekly": "weekly", "Morning News_2": "morning-news-2", "周刊": "digest", "-a-": "a", "周刊 A": "a",
		strings.Repeat("ab-", 20): fmt.Sprint(strings.Repeat("ab-", 13) + "a"),
	} {
		if got := label(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
