package wallabag_test

import (
	"testing"

	"github.com/leporello-press/leporello/source/sourcetest"
	"github.com/leporello-press/leporello/source/wallabag"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", wallabag.Reader{}, sourcetest.File)
}
