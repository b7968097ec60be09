package archtest

// Module is the path that all packages of the table stand under.
const Module = "github.com/leporello-press/leporello"

// A Rule says what one package, or all packages below a folder, may import.
// Paths are relative to the module; "a/..." is a and all below it.
type Rule struct {
	Package string
	// Imports are the packages of the module that it may import. Nothing else of
	// the module is allowed.
	Imports []string
	// Tests are what its test files may import besides Imports and the helpers of
	// every test.
	Tests []string
	// Free are the restricted powers that it has: the keys of Powers.
	Free []string
}

// Rules is the drawing of ARCHITECTURE.md. The first rule whose Package matches
// counts; a package that no rule matches is a mistake, so that a new one is
// entered here on purpose.
var Rules = []Rule{
	// The ground: imports none of ours.
	{Package: "article"},
	{Package: "article/articletest", Imports: []string{"article"}},
	{Package: "media/device", Imports: []string{"media"}},
	{Package: "media", Imports: []string{"media/internal/..."}},
	{Package: "media/internal/...", Imports: []string{"internal/ink"}},
	{Package: "fonts/internal/pack", Imports: []string{"fonts"}, Free: []string{"environment", "flags"}}, // a tool
	{Package: "fonts/...", Imports: []string{"fonts/..."}},
	{Package: "internal/words"},
	{Package: "internal/vertical"},
	{Package: "internal/ink"},

	// Inputs: each format knows the tree and the contract, none knows another.
	{Package: "source", Imports: []string{"article"}, Tests: []string{"source/..."}},
	// What formats share has rooms of its own, which know no format.
	{Package: "source/charset", Imports: []string{"article"}},
	{Package: "source/date"},
	{Package: "source/dom"},
	{Package: "source/dtd"},
	{Package: "source/lang", Imports: []string{"article"}},
	{Package: "source/frontmatter", Imports: []string{"article", "source", "source/charset", "source/date", "source/lang"}},
	{Package: "source/webpage", Imports: []string{"source/date", "source/dom", "source/lang"}},
	{Package: "source/tree", Imports: []string{"article", "source", "source/date", "source/dom", "source/lang", "source/webpage"}},
	{Package: "source/sourcetest", Imports: []string{"article", "source", "internal/golden"}},
	{Package: "source/paging", Imports: []string{"article", "source", "source/dom"}},
	{Package: "source/readlater", Imports: []string{"article", "source", "source/charset", "source/date", "source/lang", "source/tree"}},
	{Package: "source/...", Imports: []string{"article", "source", "source/readlater", "source/charset", "source/date", "source/dom", "source/dtd", "source/lang", "source/frontmatter", "source/paging", "source/tree", "source/webpage"}},
	{Package: "media/fetch/...", Imports: []string{"article", "media", "media/fetch/...", "internal/filelock", "internal/redact"}, Free: []string{"network", "clock"}},

	// Layout: blocks to pages as data, without files or formats.
	{Package: "layout/linebreak"},
	{Package: "layout/hyphen/internal/pack", Free: []string{"environment"}}, // a tool
	{Package: "layout/hyphen"},
	{Package: "layout", Imports: []string{"article", "media", "fonts", "layout/hyphen", "layout/linebreak", "internal/vertical", "internal/words"}},
	{Package: "internal/lettering", Imports: []string{"fonts", "media"}},
	{Package: "internal/raster", Imports: []string{"fonts", "layout", "media", "internal/ink"}},

	// Outputs: EPUB branches off before layout.
	{Package: "export", Imports: []string{"article", "media"}},
	{Package: "internal/pdfobj"},
	{Package: "export/epub", Imports: []string{"article", "media", "export", "internal/vertical", "internal/words"}, Tests: []string{"source", "source/html"}},
	{Package: "export/pdf", Imports: []string{"article", "media", "fonts", "export", "layout", "internal/pdfobj"}},

	// The pipeline takes readers, fetcher and exporters as values.
	{Package: "internal/atomicfile", Imports: []string{"internal/filelock"}},
	{Package: "internal/filelock"},
	{Package: "internal/alarm"},
	{Package: "internal/redact"},
	{Package: "internal/spelling"},
	{Package: "internal/collation"},
	{Package: "internal/collation/internal/make"}, // a tool
	{Package: "press", Imports: []string{"article", "media", "source", "export", "internal/atomicfile", "internal/collation", "internal/filelock", "internal/redact", "internal/words"}},
	{Package: "press/online", Imports: []string{"article", "media/fetch", "press", "source"}, Tests: []string{"media"}},
	{Package: "cmd/...", Imports: []string{"..."}, Free: []string{"network", "clock", "environment", "flags"}},

	// Digests: each room knows one thing of them.
	{Package: "digest/schedule"},
	{Package: "digest/library", Imports: []string{"digest/blob", "digest/opds", "digest/recipe", "digest/state", "internal/atomicfile", "internal/words"}, Tests: []string{"digest/schedule"}, Free: []string{"network"}},
	{Package: "digest/blob", Free: []string{"network"}}, // of an S3-compatible server
	{Package: "digest/opds"},
	{Package: "digest/deliver", Imports: []string{"digest/opds", "internal/atomicfile", "internal/filelock", "internal/redact"}, Free: []string{"network"}},
	{Package: "digest/recipe", Imports: []string{"digest/schedule", "internal/spelling"}, Tests: []string{"internal/golden"}},
	{Package: "digest/queue", Imports: []string{"digest/state", "internal/filelock"}, Tests: []string{"digest/blob"}},
	{Package: "digest/state", Imports: []string{"article", "internal/filelock", "internal/redact"}, Tests: []string{"internal/golden"}},
	{
		Package: "digest",
		Imports: []string{"article", "media", "source", "source/feed", "press", "digest/blob", "digest/deliver", "digest/recipe", "digest/schedule", "digest/state", "internal/filelock", "internal/redact"},
		Tests:   []string{"export", "export/epub", "export/pdf", "fonts", "layout", "media/fetch", "press/online", "source/..."},
	},

	// The module's own page: a text and the examples that put the rooms together.
	{Package: ".", Tests: []string{"..."}},

	// Helpers of tests, and tools of contributors that no program links.
	{Package: "internal/golden", Free: []string{"flags"}},
	{Package: "internal/pdftest"},
	{Package: "internal/smtptest", Free: []string{"network"}},
	{Package: "internal/pgtest", Free: []string{"environment"}},
	{Package: "internal/testfont", Imports: []string{"fonts"}},
	{Package: "internal/archtest"},
	{Package: "internal/tools/...", Imports: []string{"..."}, Free: []string{"network", "clock", "environment", "flags"}},
}

// TestHelpers may be imported by every test file, and by nothing else but
// themselves and cmd, whose inspect lines sets text in the square font so that
// everyone can check the typesetter by counting.
var TestHelpers = []string{"internal/golden", "internal/testfont", "internal/pdftest", "internal/pgtest", "internal/smtptest", "article/articletest", "source/sourcetest"}

// A Power is something only few packages may do, so that all others stay
// functions of their arguments.
type Power struct {
	Imports []string // packages outside the module; "a/..." is a and all below it
	Names   []string // members of packages, as "time.Now"
}

// Powers are the restricted powers by name. Test files have all of them:
// they may start a server on the loopback or set an environment.
var Powers = map[string]Power{
	"network": {
		Imports: []string{"net", "net/http/...", "net/smtp", "net/rpc/...", "crypto/tls", "code.dny.dev/ssrf"},
	},
	"clock": {Names: []string{"time.Now", "time.Since", "time.Until"}},
	"environment": {Names: []string{
		"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Args",
		"os.UserCacheDir", "os.UserConfigDir", "os.UserHomeDir", "time.Local",
	}},
	"flags": {Imports: []string{"flag", "github.com/spf13/..."}},
}
