package pocket_test

import (
	"testing"

	"github.com/leporello-press/leporello/source/pocket"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", pocket.Reader{}, sourcetest.File)
}
