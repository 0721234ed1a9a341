package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"meibo/api/service"
)

// Every command does the same on the folder and through a server.
func TestTokensAreManaged(t *testing.T) {
	dir := shop(t)
	secret := ""
	places := map[string]func() []string{
		"folder": func() []string { return []string{"--data", dir} },
		"server": func() []string {
			url, _, _ := serving(t, "--data", dir)
			return []string{"--server", url, "--token", secret}
		},
	}
	for _, name := range []string{"folder", "server"} { // in this order: the server has the folder from then on
		at := places[name]()
		do := func(args ...string) result { return meibo(t, append(args, at...)...) }
		list := func() []service.Token {
			var answer struct{ Tokens []service.Token }
			if err := json.Unmarshal([]byte(do("token", "list", "--format", "json").must(t)), &answer); err != nil {
				t.Fatal(err)
			}
			return answer.Tokens
		}
		before := len(list())
		owner := do("token", "create", "--role", "owner").must(t)
		key := do("token", "create", "--role", "publishable", "--name", "site", "--origin", "https://x.jp", "--origin", "https://*.x.jp", "--expires", "90d").must(t)
		if !strings.HasPrefix(owner, "mb_") || !strings.HasPrefix(key, "mbp_") || len(strings.Fields(key)) != 1 {
			t.Fatalf("%s: %q, %q", name, owner, key)
		}
		secret = strings.TrimSpace(owner)
		tokens := list()
		made := tokens[len(tokens)-1]
		for _, one := range tokens[before:] {
			if one.Role == "publishable" {
				made = one
			}
		}
		if made.Name != "site" || len(made.Origins) != 2 || made.Key+"\n" != key || made.ExpiresAt == nil || (*made.ExpiresAt-made.CreatedAt+3_600_000)/86_400_000 != 90 {
			t.Errorf("%s: %+v", name, made)
		}
		if table := do("token", "list").must(t); !strings.Contains(table, made.Key) || strings.Contains(table, strings.TrimSpace(owner)) || !strings.Contains(table, "lastUsedAt") {
			t.Errorf("%s:\n%s", name, table)
		}
		if out := do("token", "revoke", made.ID); out.code != exitDone || out.out != "" {
			t.Errorf("%s: %+v", name, out)
		}
		if table := do("token", "list").must(t); !strings.Contains(table, "revoked") {
			t.Errorf("%s:\n%s", name, table)
		}
		do("token", "revoke", "nobody's").wants(t, exitFailed, "no token with this id")
		link := do("token", "signin").must(t)
		if !regexp.MustCompile(`^http://127\.0\.0\.1:[0-9]+/signin#mbk_[0-9A-Za-z]{32}\n$`).MatchString(link) {
			t.Errorf("%s: %q", name, link)
		}
		do("token", "signin", made.ID).wants(t, exitFailed, "no token with this id")
		do("token", "create", "--role", "publishable", "--origin", "https://x.jp/", "--origin", "x").wants(t, exitUsage, "write https://x.jp", `"x" is no origin`)
		do("token", "create", "--role", "viewer", "--expires", "2020-01-01").wants(t, exitUsage, "must lie ahead")
	}
}

func TestTokenMistakesAreToldBeforeAnything(t *testing.T) {
	for _, args := range [][]string{
		{"--role", "viewer", "--scope", "search"}, {"--role", "service"}, {"--role", "service", "--scope", "fly"},
		{"--role", "viewer", "--origin", "https://x.jp"}, {"--role", "viewer", "--expires", "soon"}, {"--role", "viewer", "--expires", "9m"},
	} {
		meibo(t, append([]string{"token", "create", "--data", "nowhere"}, args...)...).wants(t, exitUsage)
	}
}

// serve prints a link that signs the owner in, once.
func TestServePrintsASignInLink(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	url, stderr, _ := serving(t, "--data", dir)
	link := regexp.MustCompile(`sign in \(once, within 24 hours\): (http://\S+)/signin#(mbk_\S+)`).FindStringSubmatch(stderr.String())
	if link == nil || link[1] != url {
		t.Fatalf("no link: %s", stderr.String())
	}
	for _, want := range []int{http.StatusCreated, http.StatusUnauthorized} {
		response, err := http.Post(url+"/v1/session", "application/json", strings.NewReader(`{"key":"`+link[2]+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("status %d, want %d", response.StatusCode, want)
		}
	}
	if page, err := http.Get(url + "/signin"); err != nil || page.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", page, err)
	}
}

// A folder that no server has had yet has no owner's token to sign in with.
func TestASignInLinkNeedsAnOwner(t *testing.T) {
	dir := shop(t)
	meibo(t, "token", "signin", "--data", dir).wants(t, exitFailed, "there is no owner's token yet", "meibo token create --role owner")
	meibo(t, "token", "create", "--role", "owner", "--data", dir).must(t)
	if link := meibo(t, "token", "signin", "--data", dir).must(t); !strings.Contains(link, "/signin#") {
		t.Error(link)
	}
}
