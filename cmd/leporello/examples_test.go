//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leporello-press/leporello/internal/golden"
)

const examples = "../../testdata/examples"

// Every example is valid as it stands.
func TestExamples(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(examples + "/*/leporello.yaml")
	if err != nil || len(folders) != 8 {
		t.Fatalf("%d examples, %v", len(folders), err)
	}
	for _, name := range folders {
		if code, stderr := newWorkbench(t).run("config", "validate", abs(t, name)); code != exitOK || stderr != "" {
			t.Errorf("%s: exit code %d\n%s", name, code, stderr)
		}
	}
}

// The files for other programs are those that schedule print makes.
func TestExampleStarters(t *testing.T) {
	for by, to := range map[string]string{"systemd": "systemd/units", "kubernetes": "kubernetes"} {
		w := newWorkbench(t)
		config := abs(t, filepath.Join(examples, by, "leporello.yaml"))
		if code, stderr := w.run("schedule", "print", "--for", by, "-c", config, "--program", "/usr/local/bin/leporello", "--image", "registry.example.org/leporello:1", "--output-dir", w.path("made")); code != exitOK {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		files, err := os.ReadDir(w.path("made"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text := strings.NewReplacer(config, "/home/me/.config/leporello/leporello.yaml").Replace(w.read("made/" + f.Name()))
			golden.Equal(t, filepath.Join(examples, to, f.Name()), text)
		}
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
