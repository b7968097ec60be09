package omnivore_test

import (
	"testing"

	"github.com/leporello-press/leporello/source/omnivore"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", omnivore.Reader{}, sourcetest.File)
}

func TestFolders(t *testing.T) {
	sourcetest.Stories(t, "testdata/folder/*.txtar", omnivore.Reader{}, sourcetest.Folder)
}
