package readwise_test

import (
	"testing"

	"github.com/leporello-press/leporello/source/readwise"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", readwise.Reader{}, sourcetest.File)
}
