package instapaper_test

import (
	"testing"

	"github.com/leporello-press/leporello/source/instapaper"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", instapaper.Reader{}, sourcetest.File)
}
