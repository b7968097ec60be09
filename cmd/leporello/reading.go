package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/leporello-press/leporello/source"
)

// reading are the flags of every command that reads articles.
type reading struct {
	categories     string
	fullText       string
	tex            bool
	pseudoHeadings bool
	articleLang    string
	singlePages    bool
}

func (r *reading) flags(f *pflag.FlagSet) {
	f.StringVar(&r.categories, "categories", "hierarchy", "what a list of categories is: a hierarchy, or of equals (flat), of which the first or the last counts")
	f.StringVar(&r.fullText, "full-text", "auto", "take the text of a feed's entries from their addresses: auto (where the feed has only a summary), always or never")
	f.StringVar(&r.articleLang, "article-lang", "", "language of all articles, whatever they name")
	f.BoolVar(&r.singlePages, "single-pages", false, "do not join the pages that an article goes on over")
	f.BoolVar(&r.tex, "tex", false, "read $…$ and $$…$$ in Markdown as formulas")
	f.BoolVar(&r.pseudoHeadings, "keep-bold-paragraphs", false, "leave paragraphs of bold text alone paragraphs; else they are headings")
	oneOf(f, "categories", "hierarchy", "flat", "first", "last")
	oneOf(f, "full-text", "auto", "always", "never")
}

// options turns the flags into options. web brings the pages that articles go on over.
func (r *reading) options(zone *time.Location, lang string, web source.Web) (source.Options, error) {
	c, err := source.ParseCategories(r.categories)
	if err != nil {
		return source.Options{}, usagef("", "--categories: %w", err)
	}
	full, err := source.ParseFullText(r.fullText)
	if err != nil {
		return source.Options{}, usagef("", "--full-text: %w", err)
	}
	if err := checkLang("--article-lang", r.articleLang); err != nil {
		return source.Options{}, err
	}
	return source.Options{ArticleLang: r.articleLang, Zone: zone, Lang: lang, Categories: c, FullText: full, TeX: r.tex, SinglePages: r.singlePages, Follow: web.Follow, KeepPseudoHeadings: r.pseudoHeadings}, nil
}
