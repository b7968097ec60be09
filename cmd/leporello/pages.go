package main

import (
	"os"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/source/webpage"
)

// pages are the flags that say how whole web pages are read.
type pages struct {
	keep, remove []string
	rules, whole string
}

func (p *pages) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&p.keep, "keep", nil, "CSS selector of the article in web pages: nothing else is taken (repeatable; default: found out)")
	f.StringArrayVar(&p.remove, "remove", nil, "CSS selector of what is no part of an article, as '.ad, .related' (repeatable)")
	f.StringVar(&p.rules, "site-rules", "", "file that says for single sites what to keep and to remove, and where title and date are")
	f.StringVar(&p.whole, "whole-pages", "auto", "take only the article of web pages: auto, always or never")
	oneOf(f, "whole-pages", "auto", "always", "never")
	isPath(f, "site-rules")
}

// options reads the flags.
func (p *pages) options() (webpage.Options, error) {
	var o webpage.Options
	var err error
	if o.Mode, err = webpage.ParseMode(p.whole); err != nil {
		return o, usagef("", "--whole-pages: %w", err)
	}
	if o.Keep, err = webpage.ParseSelectors(p.keep); err != nil {
		return o, usagef("as in --keep '#content'", "--keep: %w", err)
	}
	if o.Remove, err = webpage.ParseSelectors(p.remove); err != nil {
		return o, usagef("as in --remove '.ad, .related'", "--remove: %w", err)
	}
	if p.rules == "" {
		return o, nil
	}
	data, err := os.ReadFile(p.rules)
	if err != nil {
		return o, usagef("", "--site-rules: %w", err)
	}
	if o.Rules, err = webpage.ParseRules(data); err != nil {
		return o, usagef("a rule is written as: - {hosts: [example.com], keep: '#content', remove: [.ad]}", "--site-rules: %s: %w", p.rules, err)
	}
	return o, nil
}
