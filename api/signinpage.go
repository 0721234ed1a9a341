package api

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/gin-gonic/gin"

	"meibo/api/service"
)

// signInFiles are the page on which people sign in: one page, its style and
// its script, as they are.
//
//go:embed signin
var signInFiles embed.FS

// signInPolicy lets the page load and ask what is this server's, and nothing
// else: no script in the page itself, no frame around it.
const signInPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// serveSignInPage serves the page, to anyone: it holds nothing of a workspace.
func serveSignInPage(engine *gin.Engine) {
	for path, file := range map[string]struct{ name, kind string }{
		service.SignInPath:                 {"signin.html", "text/html; charset=utf-8"},
		service.SignInPath + "/signin.css": {"signin.css", "text/css; charset=utf-8"},
		service.SignInPath + "/signin.js":  {"signin.js", "text/javascript; charset=utf-8"},
	} {
		body, err := fs.ReadFile(signInFiles, "signin/"+file.name)
		if err != nil {
			panic("api: a file of the sign-in page is not built in: " + err.Error())
		}
		engine.GET(path, func(c *gin.Context) {
			header := c.Writer.Header()
			header.Set("Content-Type", file.kind)
			header.Set("Content-Security-Policy", signInPolicy)
			header.Set("Referrer-Policy", "no-referrer")
			header.Set("Cross-Origin-Opener-Policy", "same-origin")
			c.Writer.WriteHeader(http.StatusOK)
			_, _ = c.Writer.Write(body) // the client may be gone; nobody is left to tell
		})
	}
}
