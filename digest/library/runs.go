package library

import (
	"fmt"
	"strconv"
	"time"

	"github.com/leporello-press/leporello/digest/recipe"
	"github.com/leporello-press/leporello/digest/state"
)

// runsShown is how many runs stand on one page.
const runsShown = 50

// runs is the page of what has run, runs and will run.
func (v *view) runs() (*page, error) {
	before := v.before()
	list, err := v.State.Runs(v.ctx(), state.RunQuery{Harvests: true, Before: before, Limit: runsShown + 1})
	if err != nil {
		return nil, err
	}
	more := len(list) > runsShown
	list = list[:min(len(list), runsShown)]

	var running, past []part
	for _, run := range list {
		i, err := v.issueOf(run)
		if err != nil {
			return nil, err
		}
		if !run.State.Ended() {
			tasks, err := v.progress(run)
			if err != nil {
				return nil, err
			}
			running = append(running, v.runLine(i, tasks))
			continue
		}
		past = append(past, v.runLine(i, nil))
	}
	body := group{el("h1", text(v.phrases.runs))}
	if len(running) > 0 {
		body = append(body, el("section", class("log"), el("h2", text(v.runningNow)), el("ul", class("runs"), group(running))))
	}
	if before == 0 {
		body = append(body, v.upcomingList())
	}
	if len(past) > 0 {
		body = append(body, el("section", class("log"), el("h2", text(v.history)), el("ul", class("runs"), group(past))))
	} else if len(running) == 0 {
		body = append(body, el("p", class("nothing"), text(v.noRun)))
	}
	if before != 0 || more {
		body = append(body, el("nav", class("pager"), label(v.history),
			when(before != 0, el("a", class("button"), href(v.to("/runs")), value("rel", "first"), text(v.newestRuns)), text(" ")),
			when(more, el("a", class("button"), href(v.to("/runs?before="+lastRun(list))), value("rel", "next"), text(v.olderRuns))),
		))
	}
	return &page{title: v.phrases.runs, here: "/runs", body: body}, nil
}

func lastRun(list []state.Run) string {
	if len(list) == 0 {
		return "0"
	}
	return strconv.FormatInt(list[len(list)-1].ID, 10)
}

// upcomingList says when each digest is due.
func (v *view) upcomingList() part {
	var due []part
	for n := range v.Config.Digests {
		d := &v.Config.Digests[n]
		if v.Next(d.Name).IsZero() {
			continue
		}
		due = append(due, el("li",
			el("p", class("what"), el("a", href(v.toDigest(d.Name)), value("dir", "auto"), text(heading(d)))),
			el("p", class("by"), v.dueTime(d), v.zoneOf(d))))
	}
	if len(due) == 0 {
		return nil
	}
	return el("section", class("log"), el("h2", text(v.upcoming)), el("ul", class("runs"), group(due)))
}

// zoneOf names the zone of a digest.
func (v *view) zoneOf(d *recipe.Digest) part { return text(" (" + v.zone(d).String() + ")") }

// runLine is one run: what became of it, of what, when, how much.
func (v *view) runLine(i *issue, tasks part) part {
	var what part = text(v.harvest)
	if i.Run.Digest != "" {
		what = text(i.title())
		if !i.Made.IsZero() {
			what = el("a", href(v.toIssue(i.ID)), lang(i.Lang), value("dir", "auto"), text(i.title()))
		}
	}
	z := v.zone(i.Digest)
	var said []part
	add := func(p ...part) {
		if len(said) > 0 {
			said = append(said, text(" · "))
		}
		said = append(said, p...)
	}
	switch {
	case !i.Started.IsZero() && i.State != state.RunMissed:
		add(v.time(i.Started.In(z)))
	case !i.At.IsZero():
		add(v.time(i.At.In(z)))
	}
	if took := i.Finished.Sub(i.Started); !i.Finished.IsZero() && !i.Started.IsZero() && took > 0 {
		add(text(fmt.Sprintf(v.took, v.Duration(took))))
	}
	if n := i.articles(); n > 0 {
		add(text(v.Articles(n)))
	}
	if n := len(i.Report.Problems) + i.Report.MoreProblems; n > 0 {
		to := when(!i.Made.IsZero(), href(v.toIssue(i.ID)+"#problems"))
		add(el("a", to, text(v.Problems(n))))
	}
	if i.Attempt > 1 {
		add(text(fmt.Sprintf(v.attempt, i.Attempt)))
	}
	return el("li",
		el("p", class("what"), v.mark(string(i.State)), text(" "), what),
		el("p", class("by"), group(said)),
		when(i.Error != "", el("p", class("error"), value("dir", "auto"), text(i.Error))),
		tasks,
	)
}

// steps are those of a run, in order.
var steps = []string{"fetch", "parse", "pictures", "assemble", "deliver"}

// progress says how far the steps of a run are.
func (v *view) progress(run state.Run) (part, error) {
	var list []part
	for _, step := range steps {
		tasks, err := v.State.Tasks(v.ctx(), run.ID, step)
		if err != nil {
			return nil, err
		}
		if len(tasks) == 0 {
			continue
		}
		done, failed := 0, 0
		for _, t := range tasks {
			switch t.State {
			case state.TaskOK:
				done++
			case state.TaskFailed:
				failed++
			}
		}
		said := fmt.Sprintf(v.of, done+failed, len(tasks))
		if failed > 0 {
			said = join(said, fmt.Sprintf(v.failedN, failed))
		}
		name := say(v.phrases.steps, step)
		list = append(list, el("li",
			el("span", class("step"), text(name)), text(" "),
			el("progress", label(name), value("value", strconv.Itoa(done+failed)), value("max", strconv.Itoa(len(tasks)))), text(" "),
			text(said)))
	}
	if len(list) == 0 {
		return nil, nil
	}
	list = append(list, el("li", class("by"), text(fmt.Sprintf(v.asOf, v.Clock().In(v.zone(v.Config.Digest(run.Digest))).Format(time.TimeOnly)))))
	return el("ul", class("progress"), group(list)), nil
}
