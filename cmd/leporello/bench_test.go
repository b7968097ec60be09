//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkBuild runs the built command as a whole process, with the pictures in
// its cache, and reports what it took: processor seconds, the most memory it
// had, pages or bytes written.
//
//	go test ./cmd/leporello -run '^$' -bench Build -benchtime 3x
func BenchmarkBuild(b *testing.B) {
	bin := buildProgram(b)
	whole, cache := b, b.TempDir()
	for _, n := range []int{1, 10, 100} {
		var dir string // made once for the formats, when it is first needed
		for _, formats := range [][]string{{"epub"}, {"pdf"}, {"epub", "pdf"}} {
			b.Run(fmt.Sprintf("articles=%d/%s", n, strings.Join(formats, "+")), func(b *testing.B) {
				if dir == "" {
					dir = writeCorpus(whole, n)
				}
				out := b.TempDir()
				args := []string{"build", "-q", "--fail-on", "missing-images", "--allow-network", "127.0.0.1", "--cache-dir", cache, dir}
				for _, f := range formats {
					args = append(args, "-o", filepath.Join(out, "book."+f))
				}
				measure(b, bin, args) // fills the cache
				args = append(args, "--offline")
				b.ResetTimer()
				var cpu time.Duration
				var most int64
				for range b.N {
					c, m := measure(b, bin, args)
					cpu += c
					most = max(most, m)
				}
				b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
				b.ReportMetric(float64(most)/1024, "MB")
				for _, f := range formats {
					if info, err := os.Stat(filepath.Join(out, "book."+f)); err == nil {
						b.ReportMetric(float64(info.Size())/1e6, f+"-MB")
					}
				}
			})
		}
	}
}

// buildProgram builds the command as it is given away.
func buildProgram(b *testing.B) (bin string) {
	b.Helper()
	bin = filepath.Join(b.TempDir(), "leporello")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	if info, err := os.Stat(bin); err == nil {
		b.Logf("the program has %.1f MB", float64(info.Size())/1e6)
	}
	return bin
}

// BenchmarkIssue makes issues of 200 stored articles with 1,600 pictures, which are in
// the cache, as EPUB and PDF, and harvests them again.
//
//	go test ./cmd/leporello -run '^$' -bench Issue -benchtime 3x
func BenchmarkIssue(b *testing.B) {
	bin := buildProgram(b)
	dir := b.TempDir()
	config := filepath.Join(dir, "leporello.yaml")
	text := "version: 1\nstate_dir: state\ncache_dir: cache\nnetwork: {allow_network: [127.0.0.1]}\nsources: {posts: '" + writeCorpus(b, 200) + "'}\n" +
		"digests: {weekly: {title: Weekly, only_new: false, window: 365d, sort: -date, outputs: [out/weekly.epub, out/weekly.pdf], fail_on: [missing-images]}}\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	now := time.Date(2021, 8, 6, 0, 0, 0, 0, time.UTC)
	args := func(command ...string) []string {
		now = now.Add(time.Hour)
		return append(command, "-q", "-c", config, "--now", now.Format(time.RFC3339))
	}
	measure(b, bin, args("harvest"))
	measure(b, bin, args("run", "--no-harvest"))
	for _, command := range [][]string{{"run", "--no-harvest", "--offline"}, {"harvest", "--offline"}} {
		b.Run(command[0], func(b *testing.B) {
			var cpu time.Duration
			var most int64
			for range b.N {
				c, m := measure(b, bin, args(command...))
				cpu += c
				most = max(most, m)
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
			b.ReportMetric(float64(most)/1024, "MB")
		})
	}
}

// measure runs a command and returns its processor time and the most memory it
// had resident, in KiB. The kernel's ru_maxrss would count what this process had
// when it began the other one, so that the new one is watched instead.
func measure(b *testing.B, bin string, args []string) (cpu time.Duration, most int64) {
	b.Helper()
	cmd := exec.Command(bin, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	for {
		select {
		case err := <-ended:
			if err != nil {
				b.Fatalf("%v: %s", err, stderr.String())
			}
			return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), most
		case <-time.After(2 * time.Millisecond):
			most = max(most, highWater(status))
		}
	}
}

// highWater reads VmHWM, which only grows.
func highWater(status string) int64 {
	b, err := os.ReadFile(status)
	if err != nil {
		return 0
	}
	_, rest, ok := strings.Cut(string(b), "VmHWM:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[0], 10, 64)
	return n
}
