package feed_test

import (
	"testing"
	"time"

	"github.com/leporello-press/leporello/source"
	"github.com/leporello-press/leporello/source/feed"
	"github.com/leporello-press/leporello/source/sourcetest"
)

func TestCases(t *testing.T) {
	sourcetest.Stories(t, "testdata/*.txtar", feed.Reader{Options: source.Options{Zone: time.FixedZone("UTC+8", 8*3600)}}, sourcetest.File)
}
