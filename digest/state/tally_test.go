package state

import (
	"context"
	"testing"
	"time"
)

func TestTally(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		if tally := must[Tally](t)(s.Tally(ctx)); len(tally.Runs)+len(tally.Deliveries)+len(tally.Digests)+tally.Articles+tally.Pictures != 0 {
			t.Errorf("of nothing: %+v", tally)
		}
		at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
		for n, state := range []RunState{RunDone, RunDone, RunFailed, RunMade} {
			r := Run{Digest: []string{"a", "a", "a", "b"}[n], Slot: at.AddDate(0, 0, n).Format(time.DateOnly), State: state, Started: at.AddDate(0, 0, n)}
			must[bool](t)(s.BeginRun(ctx, &r))
			if r.Finished = r.Started.Add(2 * time.Hour); state != RunFailed {
				r.Made = r.Started.Add(time.Hour)
			}
			ok(t, s.SaveRun(ctx, &r))
			ok(t, s.SaveDelivery(ctx, &Delivery{Run: r.ID, Target: "x", State: DeliverySent}))
		}
		must[bool](t)(s.BeginRun(ctx, &Run{Slot: "a harvest alone"}))
		for guid, doc := range map[string]string{"1": "x", "2": "y", "3": ""} {
			_, _, err := s.PutArticle(ctx, &Article{Source: "f", GUID: guid, Doc: doc})
			ok(t, err)
		}
		ok(t, s.PutPictures(ctx, []Picture{{Doc: "x", Src: "1", Key: "k"}, {Doc: "x", Src: "2", Reason: "http"}, {Doc: "x", Src: "3", Reason: "http"}, {Doc: "y", Src: "2", Worthless: true}}))
		same(t, "tally", must[Tally](t)(s.Tally(ctx)), Tally{
			Runs: map[RunState]int{RunDone: 2, RunFailed: 1, RunMade: 1}, Deliveries: map[DeliveryState]int{DeliverySent: 4},
			Articles: 3, Unread: 1, Pictures: 4, Missing: 2,
			Digests: []DigestTally{
				{Digest: "a", Issues: 2, Made: at.AddDate(0, 0, 1).Add(time.Hour), Took: time.Hour, Failed: at.AddDate(0, 0, 2).Add(2 * time.Hour)},
				{Digest: "b", Issues: 1, Made: at.AddDate(0, 0, 3).Add(time.Hour), Took: time.Hour},
			},
		})
	})
}

func TestFindRuns(t *testing.T) {
	stores(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		at := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
		issue := func(title string, made bool, chosen, left string) {
			r := Run{Digest: "a", Slot: title}
			must[bool](t)(s.BeginRun(ctx, &r))
			var items []Item
			for n, name := range []string{chosen, left} {
				a := Article{Source: "f", GUID: title + name, Title: name}
				_, _, err := s.PutArticle(ctx, &a)
				ok(t, err)
				items = append(items, Item{Index: n, Article: a.ID, Chosen: n == 0})
			}
			r.Title = title
			ok(t, s.FreezeItems(ctx, &r, items))
			if made {
				r.Made = at
				ok(t, s.SaveRun(ctx, &r))
			}
		}
		issue("科技周刊 1", true, "The Folded Book", "left 100%")
		issue("科技周刊 2", true, "100% a_b", "The folded map")
		issue("科技周刊 3", false, "The Folded Book", "")
		for q, want := range map[string][]string{
			"科技": {"科技周刊 2", "科技周刊 1"}, "fOLDED": {"科技周刊 1"}, "%": {"科技周刊 2"}, "a_b": {"科技周刊 2"}, "a%b": nil, `\`: nil, "' OR '1'='1": nil, "3": nil,
		} {
			var titles []string
			for _, r := range must[[]Run](t)(s.FindRuns(ctx, q, 10)) {
				titles = append(titles, r.Title)
			}
			same(t, q, titles, want)
		}
		same(t, "no more than asked for", len(must[[]Run](t)(s.FindRuns(ctx, "周", 1))), 1)
	})
}
