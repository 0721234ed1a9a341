package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// meiboJS is the script that a shop's pages link:
//
//	<script async src="https://meibo.example.jp/meibo.js"></script>
//	<script>
//	window.meibo = window.meibo || function () { (meibo.q = meibo.q || []).push(arguments) }
//	meibo('boot', {key: 'mbp_…', memberId: 'm-1', memberHash: '…',
//	  profile: {email: 'a@x.jp'}, profileOnce: {utmSource: 'ad'}})
//	</script>
//
// Its calls run in the order they were made in, also those of before it was
// loaded, which is why an answer goes to a function and not into a promise:
// meibo(call, options, function (visitor) {…}) with {id, visitorToken}, or
// nothing where there is no visitor.
//
//   - boot says who visits. The server is where the script came from, or
//     options.server. A boot that found no server is made up for when the
//     visitor next does something.
//   - update sends profile and profileOnce as a form's answers.
//   - touch tells of a visit that shows in no event, as of a playing film.
//     The others follow by themselves: an input, a scroll, a new page in the
//     history, the page seen again. At most one a minute is sent, whatever
//     the number of tabs; while the server answers with 5xx or 429, or not at
//     all, one after 1, 2, 4, 8 and then every 16 minutes.
//   - shutdown forgets the visitor in this browser: for signing out.
//
// Beside key and server, a boot's options are its body as the API takes it;
// what the shop gives goes before what the script finds out by itself:
// language, browser, system and kind of device; utm_* of the page's address,
// of every visit; the referring site, of a visitor who is new only, because
// later ones are often a payment or a sign-in. The server keeps the first of
// each. Where the shop has no field for one (any more), the boot is sent again
// without them.
//
// It keeps {id, visitorToken} in the site's localStorage, or in memory where
// that is forbidden, and sets no cookie. Tabs share the visitor. It looks at
// no Do Not Track setting: whether somebody is counted is the shop's to
// decide and to ask, by calling boot or not.
//
// Nothing of it throws into the page. What the shop has to mend (a wrong key,
// hash, origin or value) is one console.warn for each code. The page's
// Content-Security-Policy must name the server in script-src and connect-src.
//
//go:embed meibo.js
var meiboJS []byte

// scriptAge lets a browser keep the script for an hour: a shop's pages follow
// a new version of the server as soon as that.
const scriptAge = "public, max-age=3600"

// A script is meibo.js as it is sent: plain or in gzip, and its version.
type script struct {
	plain, packed []byte
	version       string
}

// makeScript takes some ms: whoever serves does it once, when it is asked for.
func makeScript() script {
	plain := shortened(meiboJS)
	sum := sha256.Sum256(plain)
	return script{plain: plain, packed: packedOf(plain), version: hex.EncodeToString(sum[:8])}
}

// serveScript answers /meibo.js, to anyone and to pages of any origin.
func serveScript(engine *gin.Engine) {
	made := sync.OnceValue(makeScript)
	serve := func(c *gin.Context) {
		s := made()
		header, body, tag := c.Writer.Header(), s.plain, `"`+s.version+`"`
		if acceptsGzip(c.Request.Header.Values("Accept-Encoding")) {
			body, tag = s.packed, `"`+s.version+`-gzip"`
			header.Set("Content-Encoding", "gzip")
		}
		header.Set("Content-Type", "text/javascript; charset=utf-8")
		header.Set("Cache-Control", scriptAge)
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
		header.Set("Access-Control-Allow-Origin", "*") // the script asks for itself to tell what is wrong; it holds nothing of anybody
		header.Set("Vary", "Accept-Encoding")
		header.Set("ETag", tag)
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(body)) // answers If-None-Match
	}
	engine.GET("/meibo.js", serve)
	engine.HEAD("/meibo.js", serve)
}

// shortened is a script without comments and long names.
func shortened(script []byte) []byte {
	m := minify.New()
	m.AddFunc("text/javascript", js.Minify)
	short, err := m.Bytes("text/javascript", script)
	if err != nil {
		panic("api: meibo.js is part of the program: " + err.Error())
	}
	return append(short, '\n')
}

// packedOf is a text in gzip.
func packedOf(text []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("api: writing to memory does not fail: " + err.Error())
	}
	return out.Bytes()
}

// acceptsGzip reads Accept-Encoding: gzip is named, and not with a weight of 0.
func acceptsGzip(headers []string) bool {
	for _, choice := range strings.Split(strings.Join(headers, ","), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(choice, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
