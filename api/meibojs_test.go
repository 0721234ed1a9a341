package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// maxScript is what a shop's page may have to load, in bytes.
const maxScript = 3 << 10

// scriptAnswer asks for /meibo.js with some headers.
func scriptAnswer(method string, headers map[string]string) *http.Response {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use((&handler{}).begin)
	serveScript(engine)
	request := httptest.NewRequest(method, "/meibo.js", nil)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	engine.ServeHTTP(answer, request)
	return answer.Result()
}

func bodyOf(t *testing.T, r *http.Response) []byte {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestTheScriptIsSmallAsItIsServed(t *testing.T) {
	packed := bodyOf(t, scriptAnswer("GET", map[string]string{"Accept-Encoding": "br, gzip"}))
	if len(packed) >= maxScript {
		t.Errorf("meibo.js is %d bytes gzipped, the promise is less than %d", len(packed), maxScript)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if plain := bodyOf(t, scriptAnswer("GET", nil)); !bytes.Equal(plain, unpacked) || len(plain) < 1000 {
		t.Errorf("plain and gzipped differ: %d and %d bytes", len(plain), len(unpacked))
	}
}

func TestTheScriptIsForPagesOfAnyOrigin(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		r := scriptAnswer(method, map[string]string{"Origin": "https://shop.example"})
		for name, want := range map[string]string{
			"Content-Type": "text/javascript; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=3600",
			"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*", "Vary": "Accept-Encoding", "Content-Encoding": "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", method, name, got, want)
			}
		}
		if body := bodyOf(t, r); r.StatusCode != 200 || (len(body) == 0) != (method == "HEAD") {
			t.Errorf("%s: status %d, %d bytes", method, r.StatusCode, len(body))
		}
	}
}

func TestAScriptThatABrowserHasIsNotSentAgain(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		first := scriptAnswer("GET", map[string]string{"Accept-Encoding": encoding})
		tag := first.Header.Get("ETag")
		if !strings.HasPrefix(tag, `"`) || len(tag) < 10 {
			t.Fatalf("ETag %q", tag)
		}
		same := scriptAnswer("GET", map[string]string{"Accept-Encoding": encoding, "If-None-Match": tag})
		if body := bodyOf(t, same); same.StatusCode != 304 || len(body) > 0 {
			t.Errorf("%q: the same tag answers %d and %d bytes", encoding, same.StatusCode, len(body))
		}
		if other := scriptAnswer("GET", map[string]string{"Accept-Encoding": encoding, "If-None-Match": `"other"`}); other.StatusCode != 200 {
			t.Errorf("%q: another tag answers %d", encoding, other.StatusCode)
		}
	}
}

func TestGzipIsSentOnlyToWhoTakesIt(t *testing.T) {
	for accept, want := range map[string]bool{"": false, "gzip": true, "br, GZIP": true, "gzip;q=0": false, "gzip; q=0.0, br": false,
		"gzip;q=0.5": true, "gzip;q=1.0": true, "x-gzip": false, "deflate, br": false} {
		r := scriptAnswer("GET", map[string]string{"Accept-Encoding": accept})
		if got := r.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip %t, want %t", accept, got, want)
		}
		if len(bodyOf(t, r)) == 0 {
			t.Errorf("Accept-Encoding %q: no body", accept)
		}
	}
}
