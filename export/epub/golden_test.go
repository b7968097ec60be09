package epub_test

import (
	"strings"
	"testing"

	"github.com/leporello-press/leporello/internal/golden"
)

// The pages of the sample, as text: what a change of the writer changes is seen here.
func TestGolden(t *testing.T) {
	u := unpack(t, write(t, sample(t)))
	for _, name := range []string{"package.opf", "nav.xhtml", "toc.ncx", "issue.xhtml", "cover.xhtml", "text/a0001.xhtml", "text/a0002.xhtml", "text/a0004.xhtml"} {
		golden.Equal(t, "testdata/sample/"+strings.ReplaceAll(name, "/", "-")+".golden", u.files["EPUB/"+name])
	}
}
