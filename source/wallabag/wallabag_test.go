package wallabag_test

import (
	"testing"

	"github.com/leporello-press/leporello/source/wallabag"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Cases(t, "testdata/*.txtar", wallabag.Reader{}, sourcetest.File)
}
