package fetch

import (
	"io/fs"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/idna"
)

// clean returns a reference as browsers read it (WHATWG URL, 4.4): without
// surrounding space and control characters, without tabs and line ends in it.
func clean(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	return lineEnds.Replace(s) // byte for byte: an address may be in any encoding
}

var lineEnds = strings.NewReplacer("\t", "", "\n", "", "\r", "")

// scheme returns the scheme that a cleaned reference names, in lower case;
// empty: it is relative.
func scheme(s string) string {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		switch {
		case c >= 'a' && c <= 'z':
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		case i > 0 && s[i] == ':':
			return strings.ToLower(s[:i])
		default:
			return ""
		}
	}
	return ""
}

// parse reads an absolute http or https address, or one that starts with "//",
// and writes it as it goes over the wire: the host in ASCII, everything else
// percent-encoded, no fragment.
func parse(s string) (*url.URL, error) {
	s, _, _ = strings.Cut(s, "#")
	head, query, hasQuery := strings.Cut(s, "?")
	head = strings.ReplaceAll(head, `\`, "/") // as browsers do
	if strings.HasPrefix(head, "//") {
		head = "https:" + head
	}
	u, err := url.Parse(mendPercent(head))
	if err != nil {
		return nil, refuse(BadAddress, "an address that cannot be read")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if hasQuery {
		u.RawQuery = escapeQuery(query)
	}
	return u, asciiHost(u)
}

// asciiHost writes the host of u in lower case and in ASCII (UTS #46).
func asciiHost(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	for i := 0; i < len(host); i++ {
		if host[i] < 0x80 {
			continue
		}
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return refuse(BadAddress, "a host name that cannot be read")
		}
		host = ascii
		break
	}
	if strings.ContainsAny(host, " \"<>\\^`{|}") {
		return refuse(BadAddress, "a host name that cannot be read")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && p != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + p
	}
	u.Host = host
	return nil
}

// mendPercent encodes the percent signs that encode nothing, which net/url
// refuses and browsers send.
func mendPercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// escapeQuery encodes what may not stand in a query.
func escapeQuery(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// localPath returns the path within the tree of an article's files that src, a
// relative reference of the article at from, means. Percent signs are decoded
// before anything is decided. What could lead out of the tree is refused here
// and once more by the tree, which follows no link out of itself.
func localPath(src, from string) (string, error) {
	p, _, _ := strings.Cut(src, "#")
	p, _, _ = strings.Cut(p, "?")
	if decoded, err := url.PathUnescape(p); err == nil {
		p = decoded
	}
	p = strings.ReplaceAll(p, `\`, "/")
	switch {
	case p == "":
		return "", refuse(BadAddress, "an empty address")
	case p[0] == '/' || scheme(p) != "":
		return "", refuse(OutsideFolder, "an absolute path")
	}
	p = path.Join(path.Dir(from), p)
	if strings.ContainsRune(p, 0) {
		return "", refuse(OutsideFolder, "a path with a NUL")
	}
	if p == ".." || strings.HasPrefix(p, "../") || !fs.ValidPath(p) {
		return "", refuse(OutsideFolder, "a path that leaves the folder of the article")
	}
	return p, nil
}
