package recipe

import "go.yaml.in/yaml/v3"

// key is one that a group may have, for what is read from it.
type key[T any] struct {
	name string
	help string // a sentence without its period
	form form
	read func(r *reader, n *yaml.Node, v *T)
	// told says how Config.Said tells of it.
	told told
}

// told is how Config.Said tells of a key.
type told uint8

const (
	asWritten told = iota
	asThere        // that it is there, for it is a secret
	notAtAll       // it is a group, or a Setting
)

// level is a group of keys.
type level[T any] struct {
	what     string // in messages: "a source"
	keys     []key[T]
	required []string
	free     bool // keys that begin with x- may hold whatever aliases name
}

func (l *level[T]) find(name string) *key[T] {
	for i := range l.keys {
		if l.keys[i].name == name {
			return &l.keys[i]
		}
	}
	return nil
}

func (l *level[T]) names() []string {
	names := make([]string, len(l.keys))
	for i := range l.keys {
		names[i] = l.keys[i].name
	}
	return names
}

// words are keys of other programs, or what people call a thing, and the keys that may be meant.
var words = map[string][]string{
	"oldest_article":            {"max_age"},
	"max_articles_per_feed":     {"limit"},
	"remove_tags":               {"remove"},
	"block_element":             {"remove"},
	"keep_only_tags":            {"keep"},
	"filter_element":            {"keep"},
	"ignore_duplicate_articles": {"dedupe"},
	"remove_empty_feeds":        {"skip_empty"},
	"timefmt":                   {"title"},
	"extra_css":                 {"style"},
	"css":                       {"style"},
	"theme":                     {"style"},
	"no_images":                 {"images"},
	"mode":                      {"images"},
	"url":                       {"inputs", "base_url"},
	"feed":                      {"inputs", "sources"},
	"feeds":                     {"inputs", "sources"},
	"path":                      {"inputs"},
	"paths":                     {"inputs"},
	"include":                   {"inputs"},
	"input":                     {"inputs"},
	"limit":                     {"max_articles"},
	"max_articles":              {"limit"},
	"since":                     {"window", "max_age"},
	"until":                     {"window"},
	"cron":                      {"schedule"},
	"when":                      {"schedule"},
	"tz":                        {"timezone"},
	"zone":                      {"timezone"},
	"language":                  {"lang", "languages"},
	"category":                  {"categories"},
	"paper":                     {"page_size"},
	"size":                      {"page_size", "max_size"},
	"output":                    {"outputs", "path"},
	"file":                      {"path"},
	"filename":                  {"path"},
	"delivery":                  {"deliver"},
	"recipe":                    {"digests"},
	"recipes":                   {"digests"},
	"digest":                    {"digests"},
	"source":                    {"sources"},
	"fetch":                     {"network"},
	"allow":                     {"allow_network"},
	"concurrency":               {"connections"},
	"server":                    {"smtp", "url", "serve"},
	"recipient":                 {"to"},
	"recipients":                {"to"},
	"sender":                    {"from"},
	"dir":                       {"path", "state_dir"},
	"folder":                    {"path"},
	"retries":                   {"retry"},
	"argv":                      {"command"},
	"host":                      {"listen", "smtp"},
	"port":                      {"listen", "smtp"},
	"group":                     {"group_by"},
	"order":                     {"sort"},
}

// advice is what is said of keys that nothing here is like.
var advice = map[string]string{
	"type":      "what an input or an output is, is found out: leave it out",
	"cover":     "covers are drawn by themselves",
	"cover_url": "covers are drawn by themselves",
}
