package recipe

import (
	"crypto/sha256"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"github.com/leporello-press/leporello/digest/schedule"
	"github.com/leporello-press/leporello/internal/spelling"
)

// file is what Parse reads a file into, before defaults are shared out.
type file struct {
	*Config
	defaults Settings
	issues   []*digestFile // one for each of Config.Digests
}

// digestFile is a Digest, and where what can be checked only later stands.
type digestFile struct {
	Digest
	schedule *yaml.Node
	refs     []*yaml.Node // names of sources
	outputs  []outputFile
	targets  []*yaml.Node
}

// outputFile is an Output, and where its keys stand.
type outputFile struct {
	Output
	at, path, format *yaml.Node
}

// sending is a Target, and where it goes.
type sending[D any] struct {
	Target
	to D
}

// way is a type of targets.
type way struct {
	form form
	read func(r *reader, n *yaml.Node) Target
}

// grammar is all that a file may say. Parse follows it, and Schema writes it.
type grammar struct {
	formats  []string // of outputs
	file     level[file]
	defaults level[file]
	network  level[Config]
	serve    level[Serve]
	source   level[Source]
	digest   level[digestFile]
	where    level[Where]
	dedupe   level[Dedupe]
	output   level[outputFile]
	retry    level[Retry]
	ways     map[string]way
	wayNames []string // of targets
	groups   []named
	table    []Setting
}

// named is a group with the names of its keys.
type named struct {
	what string
	keys []string
}

// elsewhere returns the groups that have a key.
func (g *grammar) elsewhere(key string) []string {
	var list []string
	for _, n := range g.groups {
		if slices.Contains(n.keys, key) {
			list = append(list, n.what)
		}
	}
	return list
}

// newGrammar returns the grammar of files with the settings of a table.
func newGrammar(table []Setting) *grammar {
	g := &grammar{ways: map[string]way{}}
	for _, s := range table {
		if s.Name == "format" { // a part of every Output
			g.formats = s.Values
		} else {
			g.table = append(g.table, s)
		}
	}
	table = g.table
	g.network = level[Config]{what: "network", keys: settings(table, InNetwork, func(c *Config) Settings { return c.Network })}
	g.defaults = level[file]{what: "defaults", keys: settings(table, InSource|InDigest|InOutput, func(f *file) Settings { return f.defaults })}
	g.source = g.sourceLevel(table)
	g.where = whereLevel()
	g.dedupe = dedupeLevel()
	g.output = g.outputLevel(table)
	g.retry = level[Retry]{what: "retry", keys: []key[Retry]{
		number("attempts", "How often a delivery is tried in all", func(v *Retry) *int { return &v.Attempts }),
		span("wait", "Time before the second attempt, and twice as long before each after it", func(v *Retry) *time.Duration { return &v.Wait }),
		span("for", "Time after which no attempt is made any more", func(v *Retry) *time.Duration { return &v.For }),
	}}
	g.targetWays()
	g.digest = g.digestLevel(table)
	g.serve = level[Serve]{what: "serve", keys: slices.Concat([]key[Serve]{
		text("listen", "Host and port, as 127.0.0.1:8080", func(v *Serve) *string { return &v.Listen }, checkListen),
		text("title", "What the pages are called", func(v *Serve) *string { return &v.Title }, nil),
		text("base_url", "Address that the server is reached at, where it is behind another", func(v *Serve) *string { return &v.BaseURL }, checkURL("http", "https")),
		text("tls_cert", "File with the certificate of the server, where it speaks TLS itself", func(v *Serve) *string { return &v.TLSCert }, nil),
		text("tls_key", "File with the key of the certificate", func(v *Serve) *string { return &v.TLSKey }, nil),
		span("harvest", "How often sources are read between issues, so that nothing leaves a feed unread (default: when an issue is due)", func(v *Serve) *time.Duration { return &v.Harvest }),
	}, secret("token", "the word that readers must know", func(v *Serve) *Secret { return &v.Token }))}
	g.file = g.fileLevel(table)
	g.groups = append(g.groups, named{"the file", g.file.names()}, named{"defaults", g.defaults.names()}, named{"network", g.network.names()},
		named{"a source", g.source.names()}, named{"a digest", g.digest.names()}, named{"where", g.where.names()}, named{"dedupe", g.dedupe.names()},
		named{"an output", g.output.names()}, named{"retry", g.retry.names()}, named{"serve", g.serve.names()})
	return g
}

// settings are the keys of the settings that may stand in any of some places.
func settings[T any](table []Setting, in Scope, at func(*T) Settings) []key[T] {
	var keys []key[T]
	for i := range table {
		if table[i].Scopes&in != 0 {
			keys = append(keys, setting(&table[i], at))
		}
	}
	return keys
}

func (g *grammar) fileLevel(table []Setting) level[file] {
	keys := []key[file]{
		{name: "version", help: "Version of this format, which is 1", form: form{"const": 1}, read: func(r *reader, n *yaml.Node, _ *file) {
			if v, ok := r.number(n, "version"); ok && v != 1 {
				r.problem(n, "", "version: this program knows version 1, not %d", v)
			}
		}},
		text("state_dir", "Folder for what is remembered from issue to issue", func(f *file) *string { return &f.StateDir }, nil),
		{name: "database_url", help: "PostgreSQL database, for several machines: postgres://user@host/database", form: aTextForm, read: readDatabase},
		text("store", "Where documents and books are kept: a folder, as file:///srv/books, or s3://bucket/prefix?endpoint=…&region=… (default: in state_dir)", func(f *file) *string { return &f.Store }, checkURL("file", "s3")),
		{name: "engine", help: "What does the work: local, or river, which shares it between machines (default: river with database_url, else local)", form: form{"enum": engines}, read: func(r *reader, n *yaml.Node, f *file) {
			if s, ok := r.scalar(n, "engine"); ok {
				if !slices.Contains(engines, s) {
					r.mistake(n, "engine", noneOf(engines, s))
				}
				f.Engine = s
			}
		}},
		group("defaults", "Settings of all sources, digests and outputs that have none of their own", &g.defaults, func(f *file) *file { return f }),
		group("network", "How pictures and pages are fetched", &g.network, func(f *file) *Config { return f.Config }),
		{name: "sources", help: "Where articles come from, by names of your choice", form: mapForm(g.sourceForm()), read: g.readSources, told: notAtAll},
		{name: "digests", help: "Books that come again and again, by names of your choice", form: mapForm(g.digest.form()), read: g.readDigests, told: notAtAll},
		group("serve", "The server with the library", &g.serve, func(f *file) *Serve { return &f.Serve }),
	}
	keys = append(keys, settings(table, InFile, func(f *file) Settings { return f.Network })...)
	return level[file]{what: "the file", keys: keys, free: true}
}

var engines = []string{"local", "river"}

func readDatabase(r *reader, n *yaml.Node, f *file) {
	s, ok := r.scalar(n, "database_url")
	if !ok {
		return
	}
	if err := checkURL("postgres", "postgresql")(s); err != nil {
		r.mistake(n, "database_url", err)
		return
	}
	if u, err := url.Parse(s); err == nil && u.User != nil {
		if _, clear := u.User.Password(); clear {
			r.inTheClear(n, "database_url", "PGPASSWORD or PGPASSFILE may say it, or LEPORELLO_DATABASE_URL the whole address")
		}
	}
	f.DatabaseURL = s
}

func mapForm(of form) form {
	return form{"type": []string{"object", "null"}, "propertyNames": form{"pattern": namePattern}, "additionalProperties": of}
}

// namePattern is what checkName takes, about.
const namePattern = `^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*$`

// maxName bounds the characters of a name: names are parts of names of files.
const maxName = 60

// checkName tells what is wrong with the name of a source or digest.
func checkName(name string) error {
	for i, c := range name {
		if !(unicode.IsLetter(c) || unicode.IsNumber(c) || c == '_' || i > 0 && (unicode.IsMark(c) || c == '-' || c == '.')) {
			return &Mistake{fmt.Sprintf("%q is no name", shorten(name)), "names are letters, digits, _, - and ., of any script"}
		}
	}
	if name == "" || utf8.RuneCountInString(name) > maxName || strings.Contains(name, "..") {
		return &Mistake{fmt.Sprintf("%q is no name", shorten(name)), fmt.Sprintf("names have from 1 to %d characters", maxName)}
	}
	return nil
}

func checkListen(s string) error {
	i := strings.LastIndexByte(s, ':')
	if port, err := strconv.ParseUint(s[i+1:], 10, 16); i < 0 || err != nil || port == 0 {
		return &Mistake{fmt.Sprintf("%q is no host and port", s), "as in 127.0.0.1:8080"}
	}
	return nil
}

// checkURL returns a check for addresses with one of some schemes.
func checkURL(schemes ...string) func(string) error {
	return func(s string) error {
		u, err := url.Parse(s)
		if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" && u.Path == "" {
			return &Mistake{"this is no address of " + spelling.Or(schemes), ""}
		}
		return nil
	}
}

// Sources.

func (g *grammar) sourceLevel(table []Setting) level[Source] {
	return level[Source]{what: "a source", required: []string{"inputs"}, keys: slices.Concat([]key[Source]{
		texts("inputs", "What to read: files, folders, patterns, addresses of pages and feeds, OPML files, @FILE for a list", func(s *Source) *[]string { return &s.Inputs }, checkInput),
		texts("tags", "Only articles that have one of these tags", func(s *Source) *[]string { return &s.Tags }, nil),
		number("limit", "Only so many articles each time, the newest", func(s *Source) *int { return &s.Limit }),
		span("max_age", "Only articles that are no older", func(s *Source) *time.Duration { return &s.MaxAge }),
	}, settings(table, InSource, func(s *Source) Settings { return s.Settings }))}
}

func checkInput(s string) error {
	switch {
	case s == "":
		return &Mistake{"an input has no name", ""}
	case s == "-":
		return &Mistake{"a digest has no standard input", "name a file or a folder"}
	}
	return nil
}

func (g *grammar) sourceForm() form {
	return form{"anyOf": []form{textsForm, g.source.form()}}
}

func (g *grammar) readSources(r *reader, n *yaml.Node, f *file) {
	for _, p := range r.pairs(n, "sources") {
		if err := checkName(p.key.Value); err != nil {
			r.mistake(p.key, "sources", err)
			continue
		}
		s := Source{Name: p.key.Value, Settings: Settings{}, Pos: r.origin(p.key)}
		before := len(r.problems)
		if v := r.visit(p.value); v != nil && v.Kind != yaml.MappingNode && !isNull(v) {
			g.source.find("inputs").read(r, v, &s) // short for a group with inputs alone
			r.within("sources."+s.Name, "", func() { r.say(asWritten, "inputs", v) })
		} else {
			r.within("sources."+s.Name, "", func() { read(r, p.value, &g.source, &s) })
		}
		if len(s.Inputs) == 0 && len(r.problems) == before {
			r.problem(p.key, "as in inputs: [posts, https://example.org/feed.xml]", "source %s: it has no inputs", s.Name)
		}
		f.Sources = append(f.Sources, s)
	}
}

// Digests.

func (g *grammar) digestLevel(table []Setting) level[digestFile] {
	own := []key[digestFile]{
		template("title", "Title of each issue, as 科技周刊 {{ .Issue }} (default: made from the articles)", func(d *digestFile) *Template { return &d.Title }),
		text("series", "Series that the issues are of", func(d *digestFile) *string { return &d.Series }, nil),
		{name: "schedule", help: "When issues are due: Sun 07:00, Mon-Fri 18:30, daily 7:00, or the five fields of a crontab (default: when someone asks)", form: aTextForm, read: func(r *reader, n *yaml.Node, d *digestFile) {
			if s, ok := r.scalar(n, "schedule"); ok {
				d.Digest.schedule, d.schedule = s, n
			}
		}},
		choice("catch_up", "What becomes of issues that were due while nothing ran: one of all that was missed, each, or none", []string{"latest", "all", "none"}, func(d *digestFile) *CatchUp { return &d.CatchUp }),
		{name: "window", help: "Which articles an issue is of: previous-day, previous-week, previous-month, days as 7d, or since-last, since the issue before", form: form{"type": "string", "default": "since-last", "examples": []string{"since-last", "previous-week", "7d"}}, read: func(r *reader, n *yaml.Node, d *digestFile) {
			s, ok := r.scalar(n, "window")
			if !ok {
				return
			}
			w, err := schedule.ParseWindow(s)
			if err != nil {
				r.problem(n, "", "%s", err)
				return
			}
			d.Digest.window, d.Window = s, w
		}},
		{name: "sources", help: "Names of sources (default: all)", form: textsForm, read: func(r *reader, n *yaml.Node, d *digestFile) {
			d.refs = r.items(n)
			d.Sources = r.texts(n, "sources")
			if len(d.refs) == 0 {
				r.problem(n, "without this key it has all sources", "sources: a digest of no source")
			}
		}},
		group("where", "Which articles of the window are taken", &g.where, func(d *digestFile) *Where { return &d.Where }),
		truth("only_new", "Leave out what was in an issue before", true, func(d *digestFile) *bool { return &d.OnlyNew }),
		choice("updates", "What becomes of articles that changed after they were in an issue", []string{"ignore", "include"}, func(d *digestFile) *Updates { return &d.Updates }),
		group("dedupe", "Which articles are the same", &g.dedupe, func(d *digestFile) *Dedupe { return &d.Dedupe }),
		number("max_articles", "Articles of an issue at most (default: all)", func(d *digestFile) *int { return &d.MaxArticles }),
		truth("skip_empty", "Make no issue where there is no article", true, func(d *digestFile) *bool { return &d.SkipEmpty }),
		{name: "outputs", help: "The books of each issue", form: listOf(form{"anyOf": []form{aTextForm, {"$ref": "#/$defs/output"}}}), read: g.readOutputs, told: notAtAll},
		{name: "deliver", help: "Who gets the books", form: listOf(form{"$ref": "#/$defs/target"}), read: g.readTargets, told: notAtAll},
	}
	return level[digestFile]{what: "a digest", required: []string{"outputs"}, keys: append(own, settings(table, InDigest|InOutput, func(d *digestFile) Settings { return d.Settings })...)}
}

func whereLevel() level[Where] {
	return level[Where]{what: "where", keys: []key[Where]{
		texts("categories", "Only articles in these parts, as 新媒体/**: *, ? and [a-z] within a name, ** for any number of them", func(w *Where) *[]string { return &w.Categories }, checkPattern),
		texts("not_categories", "No articles in these parts", func(w *Where) *[]string { return &w.NotCategories }, checkPattern),
		texts("languages", "Only articles in these languages; zh is zh-Hans and zh-Hant", func(w *Where) *[]string { return &w.Languages }, checkLanguage),
		number("min_chars", "Only articles with so many characters", func(w *Where) *int { return &w.MinChars }),
		texts("title", "Only articles whose title has one of these texts", func(w *Where) *[]string { return &w.Title }, nil),
		texts("not_title", "No articles whose title has one of these texts", func(w *Where) *[]string { return &w.NotTitle }, nil),
	}}
}

func checkPattern(s string) error {
	for segment := range strings.SplitSeq(s, "/") {
		if _, err := path.Match(segment, ""); err != nil || segment == "" {
			return &Mistake{fmt.Sprintf("%q is no pattern", shorten(s)), "as in 新媒体/** or news/*"}
		}
	}
	return nil
}

func checkLanguage(s string) error {
	if _, err := language.Parse(s); err != nil {
		return &Mistake{fmt.Sprintf("%q is no language", shorten(s)), "languages are written as zh, zh-Hans, ja, en"}
	}
	return nil
}

func dedupeLevel() level[Dedupe] {
	by := []string{"guid", "url", "content"}
	return level[Dedupe]{what: "dedupe", keys: []key[Dedupe]{
		{name: "by", help: "By what articles are the same: guid, url or content (default: any of these)", form: form{"anyOf": listOf(form{"enum": by})["anyOf"], "default": by}, read: func(r *reader, n *yaml.Node, d *Dedupe) {
			*d = Dedupe{Near: d.Near}
			for _, item := range r.items(n) {
				s, ok := r.scalar(item, "by")
				switch {
				case !ok:
				case s == "guid":
					d.GUID = true
				case s == "url":
					d.URL = true
				case s == "content":
					d.Content = true
				default:
					r.mistake(item, "by", noneOf(by, s))
				}
			}
		}},
		choice("near", "What becomes of articles that are nearly the same: they are named in the report, all but the first are dropped, or nobody looks", []string{"report", "drop", "off"}, func(d *Dedupe) *Near { return &d.Near }),
	}}
}

func (g *grammar) readDigests(r *reader, n *yaml.Node, f *file) {
	for _, p := range r.pairs(n, "digests") {
		if err := checkName(p.key.Value); err != nil {
			r.mistake(p.key, "digests", err)
			continue
		}
		d := &digestFile{Digest: Digest{
			Name: p.key.Value, OnlyNew: true, SkipEmpty: true, Dedupe: Dedupe{GUID: true, URL: true, Content: true}, Settings: Settings{}, Pos: r.origin(p.key),
		}}
		before := len(r.problems)
		r.within("digests."+d.Name, "", func() { read(r, p.value, &g.digest, d) })
		if len(d.outputs) == 0 && len(r.problems) == before {
			r.problem(p.key, "as in outputs: [out/{{ .Name }}-{{ .ISOWeek }}.epub]", "digest %s: it has no outputs", d.Name)
		}
		f.issues = append(f.issues, d)
	}
}

// Outputs.

func (g *grammar) outputLevel(table []Setting) level[outputFile] {
	formats := form{"enum": g.formats}
	return level[outputFile]{what: "an output", required: []string{"path"}, keys: slices.Concat([]key[outputFile]{
		{name: "path", help: "File to write, as out/{{ .Name }}-{{ .ISOWeek }}.epub", form: aTextForm, read: readPath},
		{name: "format", help: "Format, where the name does not tell", form: formats, read: func(r *reader, n *yaml.Node, o *outputFile) {
			s, ok := r.scalar(n, "format")
			if ok && !slices.Contains(g.formats, s) {
				r.mistake(n, "format", noneOf(g.formats, s))
			}
			o.Format, o.format = s, n
		}},
	}, settings(table, InOutput, func(o *outputFile) Settings { return o.Settings }))}
}

func readPath(r *reader, n *yaml.Node, o *outputFile) {
	s, ok := r.scalar(n, "path")
	if !ok {
		return
	}
	t, err := ParseTemplate(s)
	if err == nil {
		err = checkLine(s)
	}
	switch {
	case err != nil:
		r.mistake(n, "path", err)
	case s == "" || s == "-" || strings.HasSuffix(s, "/"):
		r.problem(n, "as in out/{{ .Name }}-{{ .ISOWeek }}.epub", "path: %q is no name of a file", s)
	default:
		o.path, o.Path = n, t
	}
}

func (g *grammar) readOutputs(r *reader, n *yaml.Node, d *digestFile) {
	for i, item := range r.items(n) {
		group := fmt.Sprintf("%s.outputs.%d", r.group, i+1)
		o := outputFile{at: item, Output: Output{Settings: Settings{}, Pos: r.origin(item)}}
		before := len(r.problems)
		if v := r.visit(item); v != nil && v.Kind == yaml.ScalarNode {
			readPath(r, item, &o) // short for a group with a path alone
			r.within(group, "", func() { r.say(asWritten, "path", item) })
		} else {
			r.within(group, "", func() { read(r, item, &g.output, &o) })
		}
		if o.path == nil && len(r.problems) == before {
			r.problem(item, "as in path: out/{{ .Name }}-{{ .ISOWeek }}.epub", "an output: it has no path")
		}
		d.outputs = append(d.outputs, o)
	}
}

// Targets.

func (g *grammar) targetWays() {
	addWay(g, "mail", []string{"to", "smtp"}, slices.Concat([]key[sending[Mail]]{
		texts("to", "Addresses", func(t *sending[Mail]) *[]string { return &t.to.To }, checkMail),
		text("from", "Address of the sender (default: the user of smtp)", func(t *sending[Mail]) *string { return &t.to.From }, checkMail),
		{name: "smtp", help: "Server and user: smtps://user@host:465, or smtp://user@host:587, which must offer TLS", form: aTextForm, read: func(r *reader, n *yaml.Node, t *sending[Mail]) {
			r.server(n, "smtp", []string{"smtps", "smtp"}, &t.to.Server, &t.to.Password)
		}},
		text("subject", "Subject of the messages (default: the title of the book)", func(t *sending[Mail]) *string { return &t.to.Subject }, checkLine),
		size("max_size", "Bytes of the files of one message at most; a book of several files is sent in several messages (default: 36MB, which Send to Kindle takes)", func(t *sending[Mail]) *int64 { return &t.to.MaxBytes }),
		number("max_files", "Files of one message at most (default: 25, which Send to Kindle takes)", func(t *sending[Mail]) *int { return &t.to.MaxFiles }),
		truth("oauth", "The password is an access token of OAuth 2", false, func(t *sending[Mail]) *bool { return &t.to.OAuth }),
		truth("plain_loopback", "Allow a server of this machine that has no TLS", false, func(t *sending[Mail]) *bool { return &t.to.PlainLoopback }),
	}, secret("password", "the password", func(t *sending[Mail]) *Secret { return &t.to.Password })),
		func(t *sending[Mail]) (Destination, string, error) {
			m := &t.to
			user := ""
			if u, err := url.Parse(m.Server); err == nil {
				user = u.User.Username()
			}
			if m.From == "" && checkMail(user) == nil {
				m.From = user
			}
			switch {
			case m.From == "":
				return nil, "", &Mistake{"nobody sends this mail", "from says who; else the user of smtp does, where it is an address"}
			case user != "" && m.Password.IsZero():
				return nil, "", &Mistake{"the user of smtp has no password", "password_command, password_file or password_env says where it is"}
			case user == "" && !m.Password.IsZero():
				return nil, "", &Mistake{"smtp has no user for this password", "as in smtps://user@host:465"}
			}
			return m, strings.Join(m.To, ","), nil
		})
	addWay(g, "folder", []string{"path"}, []key[sending[Folder]]{
		text("path", "The folder", func(t *sending[Folder]) *string { return &t.to.Path }, nil),
		number("keep", "Issues to keep; older ones are removed (default: all)", func(t *sending[Folder]) *int { return &t.to.Keep }),
		truth("opds", "Write a catalog beside the books, for reading programs", false, func(t *sending[Folder]) *bool { return &t.to.OPDS }),
		text("title", "Title of the catalog", func(t *sending[Folder]) *string { return &t.to.Title }, nil),
		text("base_url", "Address of the folder in the web", func(t *sending[Folder]) *string { return &t.to.BaseURL }, checkURL("http", "https")),
	}, func(t *sending[Folder]) (Destination, string, error) { return &t.to, t.to.Path, nil })
	addWay(g, "webdav", []string{"url"}, slices.Concat([]key[sending[WebDAV]]{
		{name: "url", help: "Address of the folder", form: aTextForm, read: func(r *reader, n *yaml.Node, t *sending[WebDAV]) {
			r.server(n, "url", []string{"https", "http"}, &t.to.URL, &t.to.Password)
		}},
		text("user", "Name to log in with", func(t *sending[WebDAV]) *string { return &t.to.User }, nil),
		number("keep", "Issues to keep; older ones are removed (default: all)", func(t *sending[WebDAV]) *int { return &t.to.Keep }),
		truth("allow_http", "Allow an address of http://, where everybody between reads along", false, func(t *sending[WebDAV]) *bool { return &t.to.AllowHTTP }),
	}, secret("password", "the password", func(t *sending[WebDAV]) *Secret { return &t.to.Password })),
		func(t *sending[WebDAV]) (Destination, string, error) {
			if u, err := url.Parse(t.to.URL); err == nil && u.User != nil {
				if t.to.User == "" {
					t.to.User = u.User.Username()
				}
				u.User = nil
				t.to.URL = u.String()
			}
			switch w := &t.to; {
			case strings.HasPrefix(w.URL, "http:") && !w.AllowHTTP:
				return nil, "", &Mistake{"url: everybody between reads along at an address of http://", "allow_http: true allows it"}
			case (w.User == "") != w.Password.IsZero():
				return nil, "", &Mistake{"a user has a password, and a password a user", ""}
			}
			return &t.to, t.to.URL, nil
		})
	addWay(g, "exec", []string{"command"}, []key[sending[Exec]]{
		command("command", "Program with its arguments; no shell reads them", func(t *sending[Exec]) *[]string { return &t.to.Command }),
		span("timeout", "Time that it may take (default: ten minutes)", func(t *sending[Exec]) *time.Duration { return &t.to.Timeout }),
		truth("repeatable", "To run it twice for an issue does no harm", false, func(t *sending[Exec]) *bool { return &t.to.Repeatable }),
	}, func(t *sending[Exec]) (Destination, string, error) {
		// Arguments may be secrets, and names are in messages, reports and on pages.
		sum := sha256.Sum256([]byte(strings.Join(t.to.Command, "\x00")))
		return &t.to, fmt.Sprintf("%s %x", filepath.Base(t.to.Command[0]), sum[:3]), nil
	})
}

// addWay adds a type of targets. finish returns where a target goes, and the address
// that it is known by where it has no name.
func addWay[D any](g *grammar, name string, required []string, keys []key[sending[D]], finish func(*sending[D]) (Destination, string, error)) {
	l := &level[sending[D]]{what: "deliver by " + name, required: append([]string{"type"}, required...), keys: slices.Concat([]key[sending[D]]{
		{name: "type", help: "How: mail, folder, webdav or exec", form: form{"const": name}, read: func(*reader, *yaml.Node, *sending[D]) {}},
		text("name", "What this target is remembered by, whatever becomes of its address", func(t *sending[D]) *string { return &t.Name }, checkTargetName),
		texts("formats", "Only the books in these formats", func(t *sending[D]) *[]string { return &t.Formats }, func(s string) error {
			if !slices.Contains(g.formats, s) {
				return noneOf(g.formats, s)
			}
			return nil
		}),
		group("retry", "How often a delivery that fails is tried again", &g.retry, func(t *sending[D]) *Retry { return &t.Retry }),
	}, keys)}
	g.wayNames = append(g.wayNames, name)
	g.groups = append(g.groups, named{l.what, l.names()})
	g.ways[name] = way{l.form(), func(r *reader, n *yaml.Node) Target {
		t := sending[D]{Target: Target{Pos: r.origin(n)}}
		before := len(r.problems)
		read(r, n, l, &t)
		if r.failed(before) {
			return t.Target
		}
		for _, key := range required {
			if !r.has(n, key) {
				r.problem(n, "", "%s: it has no %s", l.what, key)
				return t.Target
			}
		}
		to, address, err := finish(&t)
		if err != nil {
			r.mistake(n, l.what, err)
			return t.Target
		}
		if t.To = to; t.Name == "" {
			t.Name = name + " " + address
		}
		return t.Target
	}}
}

func checkTargetName(s string) error {
	if strings.TrimSpace(s) == "" {
		return &Mistake{fmt.Sprintf("%q is no name", shorten(s)), ""}
	}
	return checkLine(s)
}

// checkLine refuses a text that is no line.
func checkLine(s string) error {
	if strings.ContainsFunc(s, unicode.IsControl) {
		return &Mistake{"it is to be one line", ""}
	}
	return nil
}

func checkMail(s string) error {
	if _, err := mail.ParseAddress(s); err != nil {
		return &Mistake{fmt.Sprintf("%q is no address of mail", shorten(s)), "as in me@example.org"}
	}
	return nil
}

// server reads the address of a server, and takes the password out of it.
func (r *reader) server(n *yaml.Node, key string, schemes []string, at *string, password *Secret) {
	s, ok := r.scalar(n, key)
	if !ok {
		return
	}
	u, err := url.Parse(s)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" {
		r.problem(n, "", "%s: this is no address of %s", key, spelling.Or(schemes))
		return
	}
	if clear, ok := u.User.Password(); ok {
		u.User = url.User(u.User.Username())
		if !password.IsZero() {
			r.problem(n, "", "%s: where the password is, is said twice", key)
			return
		}
		password.Clear = clear
		r.inTheClear(n, key, "password_command, password_file or password_env says where it is")
	}
	*at = u.String()
}

func (g *grammar) readTargets(r *reader, n *yaml.Node, d *digestFile) {
	for i, item := range r.items(n) {
		v := r.visit(item)
		if v == nil {
			return
		}
		kind := ""
		for _, p := range r.pairs(item, "deliver") {
			if p.key.Value != "type" {
				continue
			}
			if s, ok := r.scalar(p.value, "type"); !ok {
				kind = "?"
			} else if kind = s; !slices.Contains(g.wayNames, s) {
				r.mistake(p.value, "type", noneOf(g.wayNames, s))
			}
		}
		if kind == "" && (v.Kind == yaml.MappingNode || isNull(v)) {
			r.problem(item, "it is one of "+strings.Join(g.wayNames, ", "), "deliver: it has no type")
		}
		if way, ok := g.ways[kind]; ok {
			r.within(fmt.Sprintf("%s.deliver.%d", r.group, i+1), "", func() { d.Deliver = append(d.Deliver, way.read(r, item)) })
			d.targets = append(d.targets, item)
		}
	}
}
