package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A killedWork is one kind of job as the kill test asks for it.
type killedWork struct {
	name   string
	start  func(c *shopClient) string // the job's id
	undone func(c *shopClient) string // the job that start is to undo has ended before; nil: start is no undo
	file   bool                       // it makes a file, which must be the same too
}

// killedWorks are all kinds of jobs, over the customers that killShop makes.
func killedWorks(t *testing.T, shop *killShop) []killedWork {
	imports := func(name string, content []byte) func(c *shopClient) string {
		return func(c *shopClient) string {
			return c.start("/v1/imports", importAsked(c.upload(name, bytes.NewReader(content)), nil))
		}
	}
	exports := func(format string) func(c *shopClient) string {
		return func(c *shopClient) string {
			return c.start("/v1/exports", map[string]any{"filter": "id IS SET", "sort": "id", "format": format, "headers": "keys"})
		}
	}
	bulk := func(actions ...any) func(c *shopClient) string {
		return func(c *shopClient) string {
			return c.start("/v1/customers/bulk", map[string]any{"selection": map[string]any{"filter": "member = true"}, "actions": actions})
		}
	}
	tag := bulk(map[string]any{"addTags": []string{"特別", "2026"}}, map[string]any{"set": map[string]any{"profile.description": "一括"}})
	remove := bulk(map[string]any{"delete": true})
	return []killedWork{
		{name: "import NDJSON", start: imports("more.ndjson", shop.more)},
		{name: "import CSV", start: imports("more.csv", moreCSV(t, shop.more))},
		{name: "import XLSX", start: imports("more.xlsx", moreXLSX(t, shop.more))},
		{name: "export NDJSON", start: exports("ndjson"), file: true},
		{name: "export CSV", start: exports("csv"), file: true},
		{name: "export XLSX", start: exports("xlsx"), file: true},
		{name: "bulk change", start: tag},
		{name: "bulk delete", start: remove},
		{name: "undo of a change", undone: tag},
		{name: "undo of a deletion", undone: remove},
		{name: "erase", start: erases(map[string]any{"filter": `member = true AND profile.email IS SET`})},
	}
}

// erases counts whom that would be, and then says so.
func erases(selection map[string]any) func(c *shopClient) string {
	return func(c *shopClient) string {
		var counted struct {
			Erased int `json:"erased"`
		}
		if err := json.Unmarshal(c.done("/v1/customers/erase", map[string]any{"selection": selection, "dryRun": true}).Result, &counted); err != nil || counted.Erased == 0 {
			c.t.Fatalf("nobody would be erased: %v", err)
		}
		return c.start("/v1/customers/erase", map[string]any{"selection": selection, "confirm": counted.Erased})
	}
}

// begin starts the job, once the one that it undoes has ended.
func (w killedWork) begin(c *shopClient) (start func() string) {
	if w.undone == nil {
		return func() string { return w.start(c) }
	}
	job := c.well(w.undone(c)).ID
	return func() string { return c.start("/v1/jobs/"+job+"/undo", nil) }
}

// TestAKilledJobEndsAsOneThatWasNotKilled kills the server at random moments
// of every kind of job, once or more, starts it again, and compares everything
// that the folder holds in the end with a run that nobody disturbed.
func TestAKilledJobEndsAsOneThatWasNotKilled(t *testing.T) {
	tooMuchForTheRaceDetector(t)
	customers, rounds := 2000, 1
	if os.Getenv("MEIBO_LONG") != "" {
		customers, rounds = 40_000, 8
	}
	seed := randomSeed(t)
	shop := newKillShop(t, customers)
	for i, w := range killedWorks(t, shop) {
		t.Run(w.name, func(t *testing.T) {
			want, took := shop.undisturbed(t, w)
			hit := 0
			for round := range rounds {
				random := rand.New(rand.NewPCG(seed, uint64(i*1000+round)))
				got, killed := shop.killed(t, w, random, took)
				wantSameState(t, got, want)
				if hit += killed; t.Failed() {
					t.Fatalf("round %d of MEIBO_SEED=%d", round, seed)
				}
			}
			t.Logf("%d rounds, %d kills while the job had not ended; undisturbed it takes %v", rounds, hit, took)
		})
	}
}

// randomSeed is printed; MEIBO_SEED repeats a run.
func randomSeed(t testing.TB) uint64 {
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MEIBO_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MEIBO_SEED=%d", seed)
	return seed
}

// A killShop is a data folder, never changed itself, and customers to import
// into a copy of it.
type killShop struct {
	dir  string
	more []byte   // NDJSON: known and new customers, and some that are refused
	ids  []string // of all of them
}

func newKillShop(t *testing.T, customers int) *killShop {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	shop := &killShop{dir: filepath.Join(t.TempDir(), "shop")}
	var known bytes.Buffer
	if err := newDemoCustomers(1, now).writeTo(&known, uint64(customers)); err != nil {
		t.Fatal(err)
	}
	meibo(t, "import", "--data", shop.dir, "--system", writeFile(t, "known.ndjson", known.String())).must(t)
	shop.makeOwner(t)
	var more bytes.Buffer
	place := 0
	for line := range bytes.Lines(known.Bytes()) {
		id := demoID(t, line)
		shop.ids = append(shop.ids, id)
		switch place++; place % 4 {
		case 0: // a known one with other values
			fmt.Fprintf(&more, `{"id":%q,"profile":{"description":"行 %d","points":%d}}`+"\n", id, place, place)
		case 1:
			fmt.Fprintf(&more, `{"id":"new-%d","profile":{"email":"new%d@x.jp","points":%d}}`+"\n", place, place, place)
			shop.ids = append(shop.ids, fmt.Sprintf("new-%d", place))
		case 2:
			if place%40 == 2 { // refused: no such date
				fmt.Fprintf(&more, `{"id":"bad-%d","profile":{"lastCheckoutCompletedAt":"いつか","points":1}}`+"\n", place)
				shop.ids = append(shop.ids, fmt.Sprintf("bad-%d", place))
			}
		}
	}
	shop.more = more.Bytes()
	return shop
}

// makeOwner starts a server once, so that the folder has its owner's token.
func (s *killShop) makeOwner(t *testing.T) {
	_, _, stop := serving(t, "--data", s.dir)
	if code := stop(); code != exitDone {
		t.Fatalf("exit %d", code)
	}
}

func demoID(t testing.TB, line []byte) string {
	t.Helper()
	var c struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(line, &c); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// undisturbed does the work and tells the state after it, and how long it took.
func (s *killShop) undisturbed(t *testing.T, w killedWork) (state map[string]string, took time.Duration) {
	dir := copyFolder(t, s.dir)
	p := serveProcess(t, dir)
	start := w.begin(p.shopClient)
	began := time.Now()
	id := start()
	p.well(id)
	took = time.Since(began)
	return s.end(t, w, p, dir, id), took
}

// killed does the work while the process is killed once to three times, each
// time at a random moment of the time that the work takes.
func (s *killShop) killed(t *testing.T, w killedWork, random *rand.Rand, took time.Duration) (state map[string]string, hit int) {
	dir := copyFolder(t, s.dir)
	p := serveProcess(t, dir)
	id := w.begin(p.shopClient)()
	for range 1 + random.IntN(3) {
		time.Sleep(time.Duration(random.Float64() * float64(took)))
		p.kill()
		p = serveProcess(t, dir)
		var j jobSeen
		if p.ask("GET", "/v1/jobs/"+id, nil, &j); !j.ended() {
			hit++
		}
	}
	p.well(id)
	return s.end(t, w, p, dir, id), hit
}

// end stops the server and tells what its folder holds.
func (s *killShop) end(t *testing.T, w killedWork, p *serverProcess, dir, id string) map[string]string {
	file := ""
	if w.file {
		file = cellsOfFile(t, w.name, p.file(id))
	}
	p.stop(t)
	state := folderState(t, dir, s.ids)
	state["file"] = file
	meibo(t, "check", "--data", dir).must(t)
	return state
}

// cellsOfFile is a file of an export as text: of XLSX its cells, because the
// archive around them may be packed otherwise.
func cellsOfFile(t testing.TB, name string, content []byte) string {
	if !strings.HasSuffix(name, "XLSX") {
		return string(content)
	}
	var b strings.Builder
	for _, row := range sheetRows(t, content) {
		fmt.Fprintf(&b, "%q\n", row)
	}
	return b.String()
}

// tooMuchForTheRaceDetector skips a test of many rows where -short stands,
// which is for the race detector: it would take minutes, and what runs side by
// side in it does so in the tests of api/job and api/service, too.
func tooMuchForTheRaceDetector(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("many rows: minutes under the race detector")
	}
}
