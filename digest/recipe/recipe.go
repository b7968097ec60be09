// Package recipe reads the configuration of digests: which sources there are,
// which of their articles make an issue, when, in what looks, and who gets it.
// It decides what the file may say, checks all of it, and tells for every
// mistake where it stands. It starts nothing, and leaves to its caller what the
// settings of books mean, which it knows by a table.
package recipe

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/leporello-press/leporello/digest/schedule"
)

// Scope says where in the file a setting may stand: the union of places.
type Scope uint8

const (
	// InFile is the file itself: what holds for the machine.
	InFile Scope = 1 << iota
	// InNetwork is the group "network".
	InNetwork
	// InSource is a source, or defaults for all sources.
	InSource
	// InDigest is a digest, or defaults for all digests.
	InDigest
	// InOutput is an output, a digest for all its outputs, or defaults.
	InOutput
)

// Type is what values of a setting look like.
type Type uint8

const (
	// String is any text.
	String Type = iota
	// Bool is true or false.
	Bool
	// Int is a whole number.
	Int
	// List is a list of texts; one text is a list of one.
	List
)

// Setting is a flag that the file may set, too. Its key is its name with _ for -.
type Setting struct {
	Name    string // of the flag
	Scopes  Scope
	Type    Type
	Values  []string // the texts that there are; nil: any
	Path    bool     // a text that is none of Values is a path
	Default string   // as text; empty: none
	Help    string
	// Check tells what is wrong with a value, if it can as a *Mistake; nil: nothing can be.
	Check func(Value) error
}

// Mistake is what is wrong with a value.
type Mistake struct {
	What string
	Hint string // what to write instead; may be empty
}

func (m *Mistake) Error() string { return m.What }

// key returns what the file calls s.
func (s *Setting) key() string { return strings.ReplaceAll(s.Name, "-", "_") }

// Origin is where a value comes from.
type Origin struct {
	// Name is the file; where Line is 0, the variable of the environment or the
	// flag. Empty: nobody said it, it is built in.
	Name         string
	Line, Column int // from 1; columns count characters
}

// String returns "leporello.yaml:12", "LEPORELLO_DEVICE", "--device" or "default".
func (o Origin) String() string {
	switch {
	case o.Name == "":
		return "default"
	case o.Line == 0:
		return o.Name
	}
	return o.Name + ":" + strconv.Itoa(o.Line)
}

// Value is the value of a setting.
type Value struct {
	Text   string
	List   []string // of a setting that is a List, which has no Text
	Origin Origin
}

// Settings are values by the names of their settings.
type Settings map[string]Value

// Config is a file that was read.
type Config struct {
	Path string // as Parse got it
	// Dir is the folder of the file, which relative paths in it are relative to, and
	// Home the one that ~ stands for; empty: ~ is a name as any other. Abs makes use of them.
	Dir, Home string
	Network   Settings // of the file and of its group "network"
	StateDir  string   // as written; empty: the caller's choice
	// DatabaseURL is a PostgreSQL database; empty: there is none.
	DatabaseURL string
	// Store is where blobs are: "" (files under the state's folder), "file:///srv/x",
	// "s3://bucket/prefix?endpoint=…&region=…".
	Store string
	// Engine is who does the work: "local" or "river"; empty: river where there is a
	// DatabaseURL, else local.
	Engine  string
	Sources []Source // in the order of the file
	Digests []Digest // in the order of the file
	Serve   Serve
	// Said are all keys that are no settings and have a value, for people to look at.
	Said []Said
}

// Said is the value of a key that is no Setting.
type Said struct {
	// Group is "" for the file, "sources.posts", "digests.weekly",
	// "digests.weekly.outputs.1" or "digests.weekly.deliver.1".
	Group string
	Key   string // within Group: "window", "where.categories"
	// Text is the value, "…" for a secret. Addresses may still have a password in them.
	Text   string
	Origin Origin // zero: nobody said it, it is built in
}

// Abs returns a path of the file as the process sees it.
func (c *Config) Abs(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && c.Home != "" {
		return filepath.Join(c.Home, filepath.FromSlash(rest))
	}
	path = filepath.FromSlash(path)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, path)
}

// Source returns the source of a name; nil: there is none.
func (c *Config) Source(name string) *Source {
	for i := range c.Sources {
		if c.Sources[i].Name == name {
			return &c.Sources[i]
		}
	}
	return nil
}

// Digest returns the digest of a name; nil: there is none.
func (c *Config) Digest(name string) *Digest {
	for i := range c.Digests {
		if c.Digests[i].Name == name {
			return &c.Digests[i]
		}
	}
	return nil
}

// Of returns the sources of a digest, in its order.
func (c *Config) Of(d *Digest) []*Source {
	var list []*Source
	if len(d.Sources) == 0 {
		for i := range c.Sources {
			list = append(list, &c.Sources[i])
		}
	}
	for _, name := range d.Sources {
		if s := c.Source(name); s != nil {
			list = append(list, s)
		}
	}
	return list
}

// Source is where articles come from.
type Source struct {
	Name   string
	Inputs []string      // paths, patterns, addresses, feeds, OPML, @list: what the command takes; as written
	Tags   []string      // of articles, one of which is enough; empty: all articles
	Limit  int           // articles of one harvest at most, the newest; 0: all
	MaxAge time.Duration // of articles; 0: any
	// Settings are those of the source and, where it has none, of defaults.
	Settings Settings
	Pos      Origin
}

// Digest is a book that comes again and again.
type Digest struct {
	Name   string
	Title  Template // the zero Template: made from the articles
	Series string   // empty: none
	// Schedule is when issues are due; nil: only when someone asks.
	Schedule *schedule.Schedule
	Zone     *time.Location // never nil
	CatchUp  CatchUp
	Window   schedule.Window
	Sources  []string // names; empty: all
	Where    Where
	// OnlyNew leaves out what was in an issue before.
	OnlyNew bool
	Updates Updates
	Dedupe  Dedupe
	// MaxArticles is how many articles an issue has at most; 0: all.
	MaxArticles int
	// SkipEmpty makes no issue where there is no article.
	SkipEmpty bool
	Outputs   []Output
	Deliver   []Target
	// Settings are those of the digest and, where it has none, of defaults, without
	// those that only outputs have.
	Settings Settings
	Pos      Origin

	// What Schedule, Zone and Window were made from, for MarshalJSON.
	schedule, window string
}

// CatchUp says what becomes of issues that were due while nothing ran.
type CatchUp uint8

const (
	// CatchUpLatest makes one issue of all that was missed.
	CatchUpLatest CatchUp = iota
	// CatchUpAll makes each.
	CatchUpAll
	// CatchUpNone makes none.
	CatchUpNone
)

// Where says which articles of the window an issue takes. The zero value takes all.
type Where struct {
	// Categories and NotCategories are patterns of section paths as "新媒体/**": *, ? and
	// [a-z] within a name, ** any number of them.
	Categories    []string `json:",omitempty"`
	NotCategories []string `json:",omitempty"`
	Languages     []string `json:",omitempty"` // BCP 47; zh takes zh-Hans, too
	MinChars      int      `json:",omitempty"` // of text
	Title         []string `json:",omitempty"` // texts, one of which the title has
	NotTitle      []string `json:",omitempty"` // texts, none of which it has
}

// Updates says what becomes of an article that changed after it was in an issue.
type Updates uint8

const (
	// IgnoreUpdates leaves it at that.
	IgnoreUpdates Updates = iota
	// IncludeUpdates takes it again.
	IncludeUpdates
)

// Dedupe says which articles are the same.
type Dedupe struct {
	GUID, URL, Content bool // by what
	Near               Near
}

// Near says what becomes of articles that are nearly the same.
type Near uint8

const (
	// ReportNear names them.
	ReportNear Near = iota
	// DropNear takes the first only.
	DropNear
	// IgnoreNear does not look for them.
	IgnoreNear
)

// Output is a book of each issue.
type Output struct {
	Format string // by its name on the command line
	Path   Template
	// Settings are those of the output and, where it has none, of the digest and of
	// defaults.
	Settings Settings
	Pos      Origin
}

// Target is someone who gets the books.
type Target struct {
	// Name tells the targets of a digest apart, in what is remembered of them.
	Name    string
	Formats []string // of the outputs that it gets; empty: all
	Retry   Retry
	To      Destination
	Pos     Origin
}

// Retry is how often a delivery is tried again. What is zero is the caller's choice.
type Retry struct {
	Attempts int           // in all
	Wait     time.Duration // before the second; then twice as long each time
	For      time.Duration // after the first, none is made any more
}

// Destination is one of *Folder, *Mail, *WebDAV, *Exec.
//
//sumtype:decl
type Destination interface{ destination() }

// Folder is a folder that books are put into.
type Folder struct {
	Path    string // as written
	Keep    int    // issues; 0: all
	OPDS    bool   // with a catalog
	Title   string // of the catalog; empty: the caller's choice
	BaseURL string // where the folder is in the web; empty: addresses are relative
}

// Mail sends books as attachments.
type Mail struct {
	To       []string
	From     string
	Server   string // smtps://user@host:465 or smtp://user@host:587, without a password
	Password Secret // for the user of Server
	OAuth    bool   // the password is an access token
	Subject  string // empty: the title of the book
	MaxBytes int64  // of the files of one message; 0: the caller's choice
	MaxFiles int    // of one message; 0: the caller's choice
	// PlainLoopback allows a server of this machine that has no TLS.
	PlainLoopback bool
}

// WebDAV puts books on a server.
type WebDAV struct {
	URL      string // of the folder, without user and password
	User     string
	Password Secret
	Keep     int // issues; 0: all
	// AllowHTTP allows an address of http://, where everybody between reads along.
	AllowHTTP bool
}

// Exec runs a command for each issue.
type Exec struct {
	Command    []string      // the program and its arguments; no shell
	Timeout    time.Duration // 0: the caller's choice
	Repeatable bool          // to run it twice for an issue does no harm
}

func (*Folder) destination() {}
func (*Mail) destination()   {}
func (*WebDAV) destination() {}
func (*Exec) destination()   {}

// Secret says where a password is. At most one of its fields is set.
type Secret struct {
	Command []string // that prints it; no shell
	File    string   // as written
	Env     string   // the variable of the environment
	Clear   string   `json:"-"` // itself
}

// IsZero tells that there is no password.
func (s Secret) IsZero() bool {
	return len(s.Command) == 0 && s.File == "" && s.Env == "" && s.Clear == ""
}

// String says where the password is, and never what it is.
func (s Secret) String() string {
	switch {
	case len(s.Command) > 0:
		return "what a command prints"
	case s.File != "":
		return "in the file " + s.File
	case s.Env != "":
		return "in the variable " + s.Env
	case s.Clear != "":
		return "written in the file"
	}
	return "none"
}

// Serve is what the server shows, and to whom.
type Serve struct {
	Listen  string // host and port; empty: the caller's choice
	Token   Secret // that whoever reads must know; zero: nobody must
	Title   string // empty: the caller's choice
	BaseURL string // that the server is reached at; empty: that of each request
	// TLSCert and TLSKey are files, as written; empty: plain HTTP.
	TLSCert, TLSKey string
	// Harvest is how often sources are read between issues; 0: when one is due.
	Harvest time.Duration
}

// Problem is something that is wrong with the file.
type Problem struct {
	Origin
	What string
	Hint string // what to write instead; may be empty
	// Warning says that the file can be used all the same.
	Warning bool
}

// String returns "leporello.yaml:12:5: unknown key "tilte"".
func (p Problem) String() string {
	s := p.Name
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	}
	return s + ": " + p.What
}
