// Package archtest checks the drawing of allowed imports. The drawing is the
// table in table.go; Check parses the module's files and tells where they do
// what the table does not allow. It says nothing about what packages that others
// wrote import in their turn.
package archtest

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Check returns what in the module at the root of fsys breaks the rules, one
// line each: the place, then the reason. Folders named testdata and folders
// that are modules of their own are not part of it.
func Check(fsys fs.FS, rules []Rule) ([]string, error) {
	var found []string
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p == "." {
				return nil
			}
			name := d.Name()
			if name == "testdata" || name == "vendor" || name[0] == '.' || name[0] == '_' {
				return fs.SkipDir
			}
			if _, err := fs.Stat(fsys, path.Join(p, "go.mod")); err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		lines, err := checkFile(p, src, rules)
		found = append(found, lines...)
		return err
	})
	return found, err
}

// checkFile checks one file. A file that the build ignores is a tool.
func checkFile(name string, src []byte, rules []Rule) ([]string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("archtest: %w", err)
	}
	if ignored(f) {
		return nil, nil
	}
	pkg := path.Dir(name)
	test := strings.HasSuffix(name, "_test.go")
	i := slices.IndexFunc(rules, func(r Rule) bool { return match(r.Package, pkg) })
	if i < 0 {
		return []string{fmt.Sprintf("%s: package %s is not in the table of internal/archtest", name, pkg)}, nil
	}
	rule := rules[i]
	var found []string
	complain := func(at token.Pos, format string, args ...any) {
		found = append(found, fmt.Sprintf("%s:%d: %s %s", name, fset.Position(at).Line, pkg, fmt.Sprintf(format, args...)))
	}
	local := map[string]string{} // the name a package has in this file → its path
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("archtest: %s: %w", name, err)
		}
		as := path.Base(imported)
		if spec.Name != nil {
			as = spec.Name.Name
		}
		local[as] = imported
		own, ours := strings.CutPrefix(imported, Module)
		if ours && (own == "" || own[0] == '/') {
			own = strings.TrimPrefix(own, "/")
			if own == "" {
				own = "."
			}
			if !allowed(rule, pkg, own, test) {
				complain(spec.Pos(), "may not import %s", own)
			}
			continue
		}
		if test {
			continue
		}
		for _, power := range powerNames() {
			if !slices.Contains(rule.Free, power) && matchAny(Powers[power].Imports, imported) {
				complain(spec.Pos(), "may not import %s: it has no power over the %s", imported, power)
			}
		}
	}
	if test {
		return found, nil
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok || local[id.Name] == "" {
			return true
		}
		used := local[id.Name] + "." + sel.Sel.Name
		for _, power := range powerNames() {
			if !slices.Contains(rule.Free, power) && slices.Contains(Powers[power].Names, used) {
				complain(n.Pos(), "may not use %s: it has no power over the %s", used, power)
			}
		}
		return true
	})
	return found, nil
}

func allowed(rule Rule, pkg, imported string, test bool) bool {
	if matchAny(rule.Imports, imported) {
		return true
	}
	if !test {
		return false
	}
	return imported == pkg || slices.Contains(TestHelpers, imported) || matchAny(rule.Tests, imported)
}

func matchAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, p) })
}

// match tells whether pattern, "a" or "a/..." or "...", covers p.
func match(pattern, p string) bool {
	if pattern == "..." {
		return true
	}
	if dir, ok := strings.CutSuffix(pattern, "/..."); ok {
		return p == dir || strings.HasPrefix(p, dir+"/")
	}
	return pattern == p
}

func powerNames() []string {
	names := make([]string, 0, len(Powers))
	for name := range Powers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ignored tells whether the file is kept out of every build by "//go:build ignore".
func ignored(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			return false
		}
		for _, c := range group.List {
			if !constraint.IsGoBuild(c.Text) {
				continue
			}
			expr, err := constraint.Parse(c.Text)
			if err == nil && expr.String() == "ignore" {
				return true
			}
		}
	}
	return false
}
