package recipe

import (
	"encoding/json"
	"testing"
)

// table is a table as a command makes of its flags, in small.
var table = []Setting{
	{Name: "format", Scopes: InOutput, Values: []string{"epub", "pdf"}},
	{Name: "timezone", Scopes: InSource | InDigest, Default: "UTC"},
	{Name: "lang", Scopes: InSource | InDigest},
	{Name: "device", Scopes: InOutput},
	{Name: "keep", Scopes: InSource, Type: List},
	{Name: "full-text", Scopes: InSource, Values: []string{"auto", "always", "never"}, Default: "auto"},
	{Name: "grayscale", Scopes: InOutput, Values: []string{"auto", "yes", "no", "16"}, Default: "auto"},
	{Name: "quality", Scopes: InOutput, Type: Int},
	{Name: "hyphenate", Scopes: InOutput, Type: Bool, Default: "false"},
	{Name: "fail-on", Scopes: InDigest, Type: List},
	{Name: "offline", Scopes: InNetwork, Type: Bool},
	{Name: "cache-dir", Scopes: InFile, Path: true},
}

const sample = `
version: 1
defaults:
  timezone: Asia/Shanghai
  device: kindle
sources:
  posts: posts
  news: {inputs: [https://example.org/feed.xml], limit: 50, max_age: 14d, keep: [article]}
digests:
  weekly:
    title: '周刊 {{ .Issue }}'
    schedule: Sun 07:00
    window: previous-week
    sources: [posts, news]
    where: {categories: ["新媒体/**"], min_chars: 200}
    dedupe: {by: [guid, url], near: drop}
    quality: 70
    outputs:
      - out/{{ .Name }}-{{ .ISOWeek }}.epub
      - {path: 'out/{{ .Name }}.pdf', device: a5}
    deliver:
      - {type: mail, to: me@example.org, smtp: 'smtps://me@example.org@mail.example.org:465', password_command: pass smtp}
      - {type: folder, path: /srv/opds, opds: true, keep: 12, name: shelf}
`

func TestParse(t *testing.T) {
	c, problems := Parse("x/leporello.yaml", []byte(sample), table)
	for _, p := range problems {
		t.Error(p, p.Hint)
	}
	b, _ := json.MarshalIndent(c, "", " ")
	t.Logf("%s", b)
	t.Logf("%+v", c.Digests[0].Deliver[0].To)
}
