package deliver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leporello-press/leporello/digest/opds"
	"github.com/leporello-press/leporello/internal/atomicfile"
	"github.com/leporello-press/leporello/internal/filelock"
)

// FolderOptions say which folder books are copied to.
type FolderOptions struct {
	// Dir is the folder. It is made when it is missing and the folder that it is in is
	// not: a drive that is not there must not be written to at the place where it
	// would be.
	Dir string
	// Keep is how many issues of each digest stay, the newest; 0: all. What is removed
	// are files that were delivered here and have not changed since.
	Keep int
	// Formats are those of the files that go there; empty: all.
	Formats []string
	// OPDS keeps catalogues beside the books, opds.xml and opds.json, so that any web
	// server offers the folder to reading programs.
	OPDS bool
	// Title is that of the catalogues; empty: the name of the folder.
	Title string
	// BaseURL is the address that the folder is served at; empty: the addresses in the
	// catalogues are relative.
	BaseURL string
}

// Folder is a folder of this machine. What was delivered there stands in leporello.json
// beside the books. Files of others are never touched: it is an error when one has the
// name of a book's file.
func Folder(o FolderOptions) (Target, error) {
	if o.Dir == "" {
		return nil, errors.New("no folder is given")
	}
	if o.Keep < 0 {
		return nil, errors.New("a number of issues to keep is not below 0")
	}
	if o.BaseURL != "" {
		if u, err := url.Parse(o.BaseURL); err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New("the address of the folder is to be as https://example.org/books/")
		}
	}
	return &folder{o}, nil
}

type folder struct{ FolderOptions }

func (f *folder) Parts(b Book) ([]Part, error) {
	parts, err := whole(b, f.Formats)
	if err != nil {
		return nil, err
	}
	return parts, Permanent(distinct(parts[0].Files))
}

// distinct returns an error when two files would have one name.
func distinct(files []File) error {
	names := map[string]bool{}
	for _, file := range files {
		name := strings.ToLower(portable(file.Name)) // as cards and Windows compare them
		if names[name] {
			return fmt.Errorf("two files of the book would be called %s", file.Name)
		}
		names[name] = true
	}
	return nil
}

func (f *folder) Repeatable() bool { return true }

func (f *folder) Deliver(ctx context.Context, b Book, p Part) (Receipt, error) {
	if err := os.Mkdir(f.Dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return Receipt{}, fmt.Errorf("the folder is not there: %w", err)
	}
	lock, err := claim(ctx, filepath.Join(f.Dir, manifestName))
	if err != nil {
		return Receipt{}, err
	}
	defer lock.Release()
	old, err := readManifest(f.Dir)
	if err != nil {
		return Receipt{}, err
	}
	next, news, err := f.plan(old, b, p.Files)
	if err != nil {
		return Receipt{}, err
	}
	if !next.has(b) {
		return Receipt{Detail: fmt.Sprintf("not copied: the folder keeps %d newer issues", f.Keep)}, nil
	}
	// From here on a stop at any point leaves a manifest by which whatever lies in the
	// folder is known to be delivered: it names what was there and what is to be.
	for name, n := range news {
		next.own(name, n.sha)
	}
	if err := next.write(f.Dir); err != nil {
		return Receipt{}, err
	}
	// The catalogues come last: they name what is there.
	names := slices.Sorted(maps.Keys(news))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range names {
		if err := news[name].put(ctx, filepath.Join(f.Dir, filepath.FromSlash(name))); err != nil {
			return Receipt{}, err
		}
		next.Files[name] = []string{news[name].sha}
	}
	removed, err := next.sweep(f.Dir)
	if err != nil {
		return Receipt{}, err
	}
	if err := next.write(f.Dir); err != nil {
		return Receipt{}, err
	}
	detail := "copied to " + f.Dir
	if removed > 0 {
		detail += fmt.Sprintf(", older files removed: %d", removed)
	}
	return Receipt{Detail: detail}, nil
}

// plan returns the manifest as it is to be, and the files to be written by their names
// in the folder. It is an error when a file of somebody else is in the way.
func (f *folder) plan(old *manifest, b Book, files []File) (*manifest, map[string]content, error) {
	news := map[string]content{}
	entry := issueOf(b)
	for _, file := range files {
		name := portable(file.Name)
		c, err := fileContent(file.Path)
		if err != nil {
			return nil, nil, err
		}
		if file.SHA256 != "" && c.sha != file.SHA256 {
			return nil, nil, fmt.Errorf("%s is not the file that was made", file.Path)
		}
		news[name] = c
		entry.add(name, file)
	}
	if f.OPDS && b.Cover != "" {
		c, err := fileContent(b.Cover)
		if err != nil {
			return nil, nil, err
		}
		entry.Cover = coverDir + "/" + c.sha[:16] + strings.ToLower(filepath.Ext(b.Cover))
		news[entry.Cover] = c
	}
	next := &manifest{About: about, Version: manifestVersion, Files: maps.Clone(old.Files)}
	for _, i := range old.Issues {
		if i.Digest == b.Digest && i.Slot == b.Slot {
			continue
		}
		// What a reader removed is gone, and what has a new name or is of another issue
		// now belongs to that.
		i.Files = slices.DeleteFunc(i.Files, func(file issueFile) bool {
			_, err := os.Lstat(filepath.Join(f.Dir, file.Name))
			_, taken := news[file.Name]
			return taken && i.Digest == b.Digest || errors.Is(err, fs.ErrNotExist)
		})
		if _, err := os.Lstat(filepath.Join(f.Dir, filepath.FromSlash(i.Cover))); err != nil {
			i.Cover = ""
		}
		if len(i.Files) > 0 {
			next.Issues = append(next.Issues, i)
		}
	}
	for _, i := range next.Issues {
		for _, file := range i.Files {
			if _, taken := news[file.Name]; taken {
				return nil, nil, Permanent(fmt.Errorf("%s is of the digest %s", file.Name, i.Digest))
			}
		}
	}
	next.Issues = append(next.Issues, entry)
	next.keep(f.Keep)
	if f.OPDS {
		if err := f.catalogs(next, news); err != nil {
			return nil, nil, err
		}
	}
	for name, c := range news {
		path := filepath.Join(f.Dir, filepath.FromSlash(name))
		sha, err := delivered(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if sha != c.sha && !slices.Contains(old.Files[name], sha) {
			return nil, nil, Permanent(fmt.Errorf("%s is there already, from somebody else or changed since it was delivered", path))
		}
	}
	return next, news, nil
}

// content is what a file is to hold: the bytes of another, or data.
type content struct {
	path string
	data []byte
	sha  string
}

func fileContent(path string) (content, error) {
	sha, err := digest(path)
	return content{path: path, sha: sha}, err
}

func dataContent(data []byte) content {
	sum := sha256.Sum256(data)
	return content{data: data, sha: hex.EncodeToString(sum[:])}
}

// put makes the file at path, whole or not at all. A file that is that already stays,
// so that it keeps its time and a card is not worn.
func (c content) put(ctx context.Context, path string) error {
	if sha, err := delivered(path); err == nil && sha == c.sha {
		return nil
	}
	var from io.Reader = bytes.NewReader(c.data)
	if c.path != "" {
		file, err := os.Open(c.path)
		if err != nil {
			return err
		}
		defer file.Close()
		from = file
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	atomicfile.Sweep(path, always) // the folder is claimed: nobody else is writing this
	to, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer to.Abort()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(to, h), reader{ctx, from}); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if hex.EncodeToString(h.Sum(nil)) != c.sha {
		return fmt.Errorf("%s changed while it was copied", c.path)
	}
	return to.Commit()
}

// always is after every file.
var always = time.Unix(1<<40, 0)

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// digest returns the SHA-256 of a file, in hex.
func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// delivered returns the digest of a file in the folder. What is no plain file was
// never delivered.
func delivered(path string) (string, error) {
	if info, err := os.Lstat(path); err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", Permanent(fmt.Errorf("%s is there already, and no plain file", path))
	}
	return digest(path)
}

// claim takes a path for this run, and waits for others to let go of it.
func claim(ctx context.Context, path string) (*filelock.Lock, error) {
	for {
		lock, err := atomicfile.Claim(path)
		if !errors.Is(err, filelock.ErrHeld) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: %w", path, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// portable makes a file name that cards of readers (FAT) and Windows have room for: no
// reserved character, no dot or space at its end, no more than 200 bytes. It never
// leaves the folder and never begins with a dot.
func portable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(name, " ")
	if name == "" || name[0] == '.' {
		name = "_" + name
	}
	ext := filepath.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	base := strings.TrimSuffix(name, ext)
	for len(base)+len(ext) > 200 {
		_, size := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-size]
	}
	return strings.TrimRight(base+ext, ". ")
}

// readManifest returns what is remembered of a folder.
func readManifest(dir string) (*manifest, error) {
	path := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return parseManifest(nil, path)
	}
	if err != nil {
		return nil, err
	}
	return parseManifest(b, path)
}

func (m *manifest) write(dir string) error {
	path := filepath.Join(dir, manifestName)
	atomicfile.Sweep(path, always)
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	b, err := m.bytes()
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Commit()
}

// sweep removes what was delivered and is obsolete, and returns how many files these
// were. What has changed since stays, and is forgotten.
func (m *manifest) sweep(dir string) (removed int, err error) {
	for _, name := range m.obsolete() {
		path := filepath.Join(dir, filepath.FromSlash(name))
		sha, err := delivered(path)
		if err == nil && slices.Contains(m.Files[name], sha) {
			if err := os.Remove(path); err != nil {
				return removed, err
			}
			removed++
		}
		delete(m.Files, name)
	}
	return removed, nil
}

const (
	manifestName = "leporello.json"
	atomName     = "opds.xml"
	jsonName     = "opds.json"
	coverDir     = "opds"
)

// isCatalog tells whether a file belongs to no issue but to all.
func isCatalog(name string) bool { return name == atomName || name == jsonName }

func rank(name string) int {
	if isCatalog(name) {
		return 1
	}
	return 0
}

// catalogs adds the two catalogues of what m holds to the files to be written.
func (f *folder) catalogs(m *manifest, news map[string]content) error {
	title := cmp.Or(f.Title, filepath.Base(f.Dir))
	c := opds.Catalog{
		ID: opds.ID("folder", cmp.Or(f.BaseURL, title)), Title: title, Updated: m.Issues[0].Date, Total: len(m.Issues),
	}
	for _, i := range m.Issues {
		p := opds.Publication{
			ID: opds.ID("issue", i.Digest, i.Slot), Title: i.Title, Lang: i.Lang, Issued: i.Date, Updated: i.Date,
			Summary: strings.Join(i.Contents, "\n"), Series: i.Series, Number: i.Number,
		}
		for _, file := range i.Files {
			title := strings.ToUpper(file.Format)
			if file.Volumes > 1 {
				title += fmt.Sprintf(" %d/%d", file.Volume, file.Volumes)
			}
			p.Files = append(p.Files, opds.File{
				Href: f.address(file.Name), Type: opds.FileType(file.Format), Title: title, Bytes: file.Bytes,
			})
		}
		if i.Cover != "" {
			p.Cover = opds.Image{Href: f.address(i.Cover), Type: pictureType(i.Cover)}
		}
		c.Publications = append(c.Publications, p)
	}
	for _, version := range []struct {
		name, other string
		write       func(io.Writer, opds.Catalog) error
	}{{atomName, jsonName, opds.WriteAtom}, {jsonName, atomName, opds.WriteJSON}} {
		c.Self, c.Alternate = f.address(version.name), f.address(version.other)
		c.Start = opds.Ref{Href: c.Self, Title: c.Title, Kind: opds.Acquisition}
		var b bytes.Buffer
		if err := version.write(&b, c); err != nil {
			return err
		}
		news[version.name] = dataContent(b.Bytes())
	}
	return nil
}

// address is where a file of the folder is served.
func (f *folder) address(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	name = strings.Join(parts, "/")
	if f.BaseURL != "" {
		return strings.TrimSuffix(f.BaseURL, "/") + "/" + name
	}
	// A colon in the first segment would look like a scheme (RFC 3986 §4.2); portable
	// leaves none.
	return name
}

func pictureType(name string) string {
	if strings.HasSuffix(name, ".png") {
		return "image/png"
	}
	return "image/jpeg"
}
