package fetch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"testing"
)

// big is a picture of more than 1 MiB.
func big(seed int) []byte {
	b := pic(seed)
	// Chunks that nobody knows, before the last of 12 bytes.
	end := len(b) - 12
	var extra bytes.Buffer
	extra.Write(b[:end])
	const n = 3 << 20 / 2
	fmt.Fprintf(&extra, "\x00\x18\x00\x00xxXx%s", bytes.Repeat([]byte{byte(seed)}, n))
	sum := crc32.ChecksumIEEE(append([]byte("xxXx"), bytes.Repeat([]byte{byte(seed)}, n)...))
	extra.Write(binary.BigEndian.AppendUint32(nil, sum))
	extra.Write(b[end:])
	return extra.Bytes()
}

func TestResume(t *testing.T) {
	body := big(1)
	etag := `"1"`
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request, n int) // to the nth request, before the usual
		ranges string                                              // what was asked for
		ok     bool
	}{
		{"goes on twice", nil, " bytes=600000- bytes=1200000-", true},
		{"starts again where nobody goes on", func(w http.ResponseWriter, r *http.Request, n int) {
			r.Header.Del("Range")
		}, " bytes=600000- ", false},
		{"a weak tag is none", func(w http.ResponseWriter, r *http.Request, n int) { w.Header().Set("ETag", "W/"+etag) }, "  ", false},
		{"another by now", func(w http.ResponseWriter, r *http.Request, n int) {
			if n > 1 {
				w.Header().Set("ETag", `"2"`)
				r.Header.Del("Range")
			}
		}, " bytes=600000- ", false},
		{"not the rest", func(w http.ResponseWriter, r *http.Request, n int) {
			r.Header.Set("Range", strings.Replace(r.Header.Get("Range"), "6", "5", 1))
		}, " bytes=600000- ", false},
		{"refuses ranges", func(w http.ResponseWriter, r *http.Request, n int) { w.Header().Set("Accept-Ranges", "none") }, "  ", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ranges []string
			n := 0
			address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n++
				ranges = append(ranges, r.Header.Get("Range"))
				if got := r.Header.Get("If-Range"); (got != "") != (r.Header.Get("Range") != "") || got != "" && got != etag {
					t.Errorf("If-Range %q", got)
				}
				w.Header().Set("ETag", etag)
				if tt.answer != nil {
					tt.answer(w, r, n)
				}
				from := 0
				fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
				w.Header().Set("Content-Length", fmt.Sprint(len(body)-from))
				if from > 0 {
					w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
					w.WriteHeader(http.StatusPartialContent)
				}
				end := min(from+600_000, len(body))
				io.Copy(w, bytes.NewReader(body[from:end]))
				if end < len(body) {
					w.(http.Flusher).Flush()
					panic(http.ErrAbortHandler)
				}
			})
			f := open(t, "", Options{})
			a, attempts, err := get(f, address+"/a.png")
			if got := strings.Join(ranges, " "); got != tt.ranges {
				t.Errorf("asked for %q, want %q", got, tt.ranges)
			}
			if len(attempts) != 3 {
				t.Errorf("attempts %+v", attempts)
			}
			if !tt.ok {
				wantReason(t, err, Interrupted)
				return
			}
			var sum int64
			for _, a := range attempts {
				sum += a.Bytes
			}
			if err != nil || a.Bytes != int64(len(body)) || sum != a.Bytes || f.opts.Store.Verify(a.Key) != nil {
				t.Errorf("%+v, %v, %d bytes came", a, err, sum)
			}
		})
	}
}
