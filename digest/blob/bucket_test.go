package blob

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

const testID, testSecret = "LEPORELLOTESTKEY", "sesame/opens+doors"

// s3server speaks as much S3 as the store does, of one bucket named "books", and
// lets nobody in whose signature is wrong.
type s3server struct {
	*httptest.Server
	t       testing.TB
	mu      sync.Mutex
	objects map[string]s3object
	// fault may answer a request instead of the server; it says whether it did.
	fault func(w http.ResponseWriter, r *http.Request) bool
}

type s3object struct {
	body     []byte
	modified time.Time
}

func (o s3object) etag() string { return fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum(o.body))) }

func newS3(t testing.TB) *s3server {
	s := &s3server{t: t, objects: map[string]s3object{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *s3server) open(t testing.TB, prefix string) *bucket {
	t.Helper()
	st, err := OpenURL(t.Context(), fmt.Sprintf("s3://books/%s?endpoint=%s&insecure=1", prefix, s.Listener.Addr()),
		Options{Temp: t.TempDir(), AccessKey: testID, SecretKey: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	return st.(*bucket)
}

func (s *s3server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	refuse := func(status int, code string) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
		}
	}
	if !signed(r) {
		refuse(http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, "/books/")
	if !ok {
		refuse(http.StatusNotFound, "NoSuchBucket")
		return
	}
	body, err := payload(r)
	if err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		refuse(http.StatusBadRequest, "IncompleteBody")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, there := s.objects[name]
	switch {
	case name == "" && r.Method == http.MethodHead:
	case name == "" && r.URL.Query().Get("list-type") == "2":
		s.list(w, r)
	case r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") != "":
		from, there := s.objects[strings.TrimPrefix(r.Header.Get("X-Amz-Copy-Source"), "books/")]
		switch {
		case !there:
			refuse(http.StatusNotFound, "NoSuchKey")
		case strings.Trim(from.etag(), `"`) != strings.Trim(r.Header.Get("X-Amz-Copy-Source-If-Match"), `"`):
			refuse(http.StatusPreconditionFailed, "PreconditionFailed")
		default:
			s.objects[name] = from
			fmt.Fprintf(w, "<CopyObjectResult><ETag>%s</ETag></CopyObjectResult>", from.etag())
		}
	case r.Method == http.MethodPut:
		if sum := r.Header.Get("X-Amz-Checksum-Sha256"); sum == "" {
			s.t.Errorf("%s is put without its digest", name)
		}
		o := s3object{body, time.Now()}
		s.objects[name] = o
		w.Header().Set("ETag", o.etag())
	case r.Method == http.MethodDelete:
		delete(s.objects, name)
		w.WriteHeader(http.StatusNoContent)
	case !there:
		refuse(http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", o.etag())
		http.ServeContent(w, r, "", o.modified, bytes.NewReader(o.body))
	}
}

// list answers ListObjectsV2, three objects at a time.
func (s *s3server) list(w http.ResponseWriter, r *http.Request) {
	type entry struct {
		Key          string
		LastModified string
		ETag         string
		Size         int
	}
	var result struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		Name                  string
		IsTruncated           bool
		NextContinuationToken string
		Contents              []entry
	}
	result.Name = "books"
	var names []string
	for name := range s.objects {
		if strings.HasPrefix(name, r.URL.Query().Get("prefix")) && name > r.URL.Query().Get("continuation-token") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > 3 {
		names, result.IsTruncated, result.NextContinuationToken = names[:3], true, names[2]
	}
	for _, name := range names {
		o := s.objects[name]
		result.Contents = append(result.Contents, entry{name, o.modified.UTC().Format(time.RFC3339), o.etag(), len(o.body)})
	}
	xml.NewEncoder(w).Encode(result)
}

// signed tells whether a request has the signature of testID (Signature Version 4).
func signed(r *http.Request) bool {
	auth := r.Header.Get("Authorization")
	field := func(name string) string {
		_, rest, _ := strings.Cut(auth, name+"=")
		value, _, _ := strings.Cut(rest, ",")
		return value
	}
	scope := strings.Split(field("Credential"), "/")
	if len(scope) != 5 || scope[0] != testID {
		return false
	}
	canonical := []string{r.Method, r.URL.EscapedPath(), strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")}
	names := strings.Split(field("SignedHeaders"), ";")
	for _, name := range names {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		canonical = append(canonical, name+":"+strings.TrimSpace(value))
	}
	canonical = append(canonical, "", strings.Join(names, ";"), r.Header.Get("X-Amz-Content-Sha256"))
	sum := sha256.Sum256([]byte(strings.Join(canonical, "\n")))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", r.Header.Get("X-Amz-Date"), strings.Join(scope[1:], "/"), hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + testSecret)
	for _, part := range append(scope[1:], text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hmac.Equal([]byte(hex.EncodeToString(key)), []byte(field("Signature")))
}

// payload returns the body of a request, taken out of its signed chunks if it has such.
func payload(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	var out []byte
	for in := bufio.NewReader(r.Body); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(size, 16, 32)
		if err != nil || n == 0 {
			return out, err
		}
		chunk := make([]byte, n+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		out = append(out, chunk[:n]...)
	}
}

func TestBucket(t *testing.T) {
	for _, prefix := range []string{"", "shelf/weekly/"} {
		t.Run(prefix, func(t *testing.T) {
			server := newS3(t)
			for range 4 { // what else lies in the bucket is not ours
				server.objects[fmt.Sprintf("%sother/%d", prefix, len(server.objects))] = s3object{[]byte("x"), time.Now()}
			}
			b := server.open(t, prefix)
			testStore(t, b, func(key string, to []byte) {
				server.mu.Lock()
				defer server.mu.Unlock()
				server.objects[b.object(key)] = s3object{to, time.Now()}
			})
			if left, err := os.ReadDir(b.temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
			if _, aside := server.objects[prefix+"damaged/"+keyOf("a document of some length")]; !aside {
				t.Error("the damaged document was not moved aside")
			}
		})
	}
}

// faults answers each request for a blob in turn: a fault, until there are none.
func (s *s3server) faults(method string, faults ...func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = func(w http.ResponseWriter, r *http.Request) bool {
		s.mu.Lock()
		if r.Method != method || strings.HasSuffix(r.URL.Path, "/books/") || len(faults) == 0 {
			s.mu.Unlock()
			return false
		}
		f := faults[0]
		faults = faults[1:]
		s.mu.Unlock()
		return f(w, r)
	}
}

func unavailable(w http.ResponseWriter, r *http.Request) bool {
	io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusServiceUnavailable)
	return true
}

// cut ends the connection in the middle of an object.
func cut(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Length", "1000")
	w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	io.WriteString(w, "the first of it")
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// silent begins to answer and stops.
func silent(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Content-Length", "1000")
	w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	io.WriteString(w, "the first of it")
	w.(http.Flusher).Flush()
	<-r.Context().Done()
	return true
}

func lying(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	io.WriteString(w, "other bytes")
	return true
}

func TestBucketFaults(t *testing.T) {
	server := newS3(t)
	b := server.open(t, "")
	content := strings.Repeat("a page of a book. ", 10_000)

	server.faults(http.MethodPut, unavailable, unavailable)
	key := put(t, b, content)
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"unavailable": unavailable, "cut": cut, "silent": silent, "lying": lying,
	} {
		t.Run(name, func(t *testing.T) {
			if b.stall = time.Minute; name == "silent" {
				b.stall = 2 * time.Second // not less: the machine may be busy
				server.faults(http.MethodGet, fault)
			} else {
				server.faults(http.MethodGet, fault, fault)
			}
			mustRead(t, b, key, content)
		})
	}
	t.Run("for good", func(t *testing.T) {
		b.stall = 100 * time.Millisecond
		server.faults(http.MethodGet, slices.Repeat([]func(http.ResponseWriter, *http.Request) bool{silent}, tries)...)
		if _, err := read(b, key); !errors.Is(err, errStalled) {
			t.Errorf("a silent server: %v", err)
		}
		b.stall = time.Minute
		mustRead(t, b, key, content) // it was no damage
	})
	t.Run("ended", func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("enough"))
		defer cancel()
		server.faults(http.MethodGet, silent)
		if _, err := b.Open(ctx, key); err == nil || !strings.Contains(err.Error(), "enough") {
			t.Errorf("%v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		for _, err := range b.Keys(ctx) {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
	if left, err := os.ReadDir(b.temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestBucketRefused(t *testing.T) {
	server := newS3(t)
	endpoint := "endpoint=" + server.Listener.Addr().String()
	for _, c := range []struct{ address, want string }{
		{"s3://other?insecure=1&" + endpoint, "no such bucket"},
		{"s3://books?insecure=1", "endpoint of your own"},
		{"s3://books?ssl=no&" + endpoint, "unknown parameter ssl"},
		{"s3://" + testID + ":" + testSecret[:6] + "@books?insecure=1&" + endpoint, "AWS_ACCESS_KEY_ID"},
		{"s3://books?insecure=1&endpoint=http://x/y/z", "s3://books"},
	} {
		_, err := OpenURL(t.Context(), c.address, Options{AccessKey: testID, SecretKey: testSecret})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), testSecret[:6]) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	for _, o := range []Options{{}, {AccessKey: testID, SecretKey: "wrong"}} {
		s, err := OpenURL(t.Context(), "s3://books?insecure=1&"+endpoint, o)
		if err != nil {
			t.Fatal(err) // keys may be for objects alone
		}
		if _, _, err := s.Put(t.Context(), strings.NewReader("x")); err == nil {
			t.Error("put without the right keys")
		}
		if _, err := s.Open(t.Context(), keyOf("x")); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("opened without the right keys: %v", err)
		}
	}
}

// LEPORELLO_S3 is the address of an empty bucket of a real server, as s3://…; keys as Amazon's tools take them.
func TestBucketOfRealServer(t *testing.T) {
	address := os.Getenv("LEPORELLO_S3")
	if address == "" {
		t.Skip("LEPORELLO_S3 names no server")
	}
	s, err := OpenURL(t.Context(), address, Options{
		Temp: t.TempDir(), AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), SecretKey: os.Getenv("AWS_SECRET_ACCESS_KEY")})
	if err != nil {
		t.Fatal(err)
	}
	b := s.(*bucket)
	for key := range keys(t, b) {
		if err := b.Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	testStore(t, b, func(key string, to []byte) {
		_, err := b.core.Client.PutObject(t.Context(), b.name, b.object(key), bytes.NewReader(to), int64(len(to)), minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
	})
}
