package deliver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	manifestVersion = 1
	about           = "What leporello delivered to this folder. It removes no other file."
	maxContents     = 100 // titles of an issue that are remembered
)

// manifest is what is remembered of a folder.
type manifest struct {
	About   string  `json:"about"`
	Version int     `json:"version"`
	Issues  []issue `json:"issues"` // the newest first
	// Files are the SHA-256 of those that were delivered, by their names; during a
	// delivery that of before it, too. On a WebDAV server they are its entity tags.
	Files map[string][]string `json:"files"`
}

type issue struct {
	Digest   string      `json:"digest"`
	Slot     string      `json:"slot,omitempty"`
	Number   int         `json:"number,omitempty"`
	Title    string      `json:"title"`
	Series   string      `json:"series,omitempty"`
	Lang     string      `json:"lang,omitempty"`
	Date     time.Time   `json:"date"`
	Contents []string    `json:"contents,omitempty"`
	Cover    string      `json:"cover,omitempty"`
	Files    []issueFile `json:"files"`
}

type issueFile struct {
	Name    string `json:"name"`
	Format  string `json:"format"`
	Bytes   int64  `json:"bytes"`
	Volume  int    `json:"volume,omitempty"`
	Volumes int    `json:"volumes,omitempty"`
}

func issueOf(b Book) issue {
	return issue{
		Digest: b.Digest, Slot: b.Slot, Number: b.Issue, Title: b.Title, Series: b.Series, Lang: b.Lang, Date: b.Date,
		Contents: b.Contents[:min(len(b.Contents), maxContents)],
	}
}

func (i *issue) add(name string, f File) {
	i.Files = append(i.Files, issueFile{name, f.Format, f.Bytes, f.Volume, f.Volumes})
}

// parseManifest reads a manifest; nothing is an empty one. One that cannot be
// understood is a permanent error: without it nobody knows whose the files are.
func parseManifest(b []byte, from string) (*manifest, error) {
	m := &manifest{Version: manifestVersion, Files: map[string][]string{}}
	if len(b) > 0 {
		if err := json.Unmarshal(b, m); err != nil {
			return nil, Permanent(fmt.Errorf("%s is damaged; without it, what was delivered before would stay for ever: %w", from, err))
		}
	}
	if m.Version != manifestVersion {
		return nil, Permanent(fmt.Errorf("%s is of version %d, which another leporello wrote", from, m.Version))
	}
	for name := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, Permanent(fmt.Errorf("%s names a file outside the folder: %q", from, name))
		}
	}
	if m.Files == nil {
		m.Files = map[string][]string{}
	}
	return m, nil
}

func (m *manifest) bytes() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// own adds what a file may hold.
func (m *manifest) own(name, sha string) {
	if !slices.Contains(m.Files[name], sha) {
		m.Files[name] = append(slices.Clone(m.Files[name]), sha)
	}
}

// keep sorts the issues and drops those of each digest that are not among its newest n;
// 0: none.
func (m *manifest) keep(n int) {
	slices.SortStableFunc(m.Issues, func(a, b issue) int {
		return cmp.Or(b.Date.Compare(a.Date), strings.Compare(a.Digest, b.Digest), strings.Compare(b.Slot, a.Slot))
	})
	seen := map[string]int{}
	m.Issues = slices.DeleteFunc(m.Issues, func(i issue) bool {
		seen[i.Digest]++
		return n > 0 && seen[i.Digest] > n
	})
}

// has tells whether an issue is among those that stay.
func (m *manifest) has(b Book) bool {
	return slices.ContainsFunc(m.Issues, func(i issue) bool { return i.Digest == b.Digest && i.Slot == b.Slot })
}

// obsolete returns the files that belong to no issue any more.
func (m *manifest) obsolete() []string {
	wanted := map[string]bool{}
	for _, i := range m.Issues {
		wanted[i.Cover] = true
		for _, file := range i.Files {
			wanted[file.Name] = true
		}
	}
	names := slices.Sorted(maps.Keys(m.Files))
	return slices.DeleteFunc(names, func(name string) bool { return wanted[name] || isCatalog(name) })
}
