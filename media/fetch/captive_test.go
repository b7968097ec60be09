package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// A network that wants a login first is told from hosts that refuse.
func TestCaptivePortal(t *testing.T) {
	for _, tt := range []struct {
		name string
		body func(host, path string) string
		hint bool
	}{
		{"the same everywhere", func(string, string) string { return "<html>Welcome to the hotel</html>" }, true},
		{"each its own", func(host, _ string) string { return "<html>" + host + "</html>" }, false},
		{"nothing", func(string, string) string { return "" }, false},
	} {
		var hosts []string
		for i := range 4 {
			address, _ := listen(t, fmt.Sprintf("127.0.0.%d", 11+i), func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, tt.body(r.Host, r.URL.Path))
			})
			hosts = append(hosts, address)
		}
		f := open(t, "", Options{})
		hint := ""
		for _, host := range hosts {
			_, _, err := f.Picture(context.Background(), Ref{Src: host + "/a.png"})
			hint = wantReason(t, err, NotAnImage).Hint
		}
		if (hint != "") != tt.hint {
			t.Errorf("%s: hint %q", tt.name, hint)
		}
		// One host alone may say the same for each of its pictures.
		f = open(t, "", Options{})
		for i := range 5 {
			_, _, err := f.Picture(context.Background(), Ref{Src: fmt.Sprintf("%s/%d.png", hosts[0], i)})
			if e := wantReason(t, err, NotAnImage); e.Hint != "" {
				t.Errorf("%s: hint for one host", tt.name)
			}
		}
	}
}
