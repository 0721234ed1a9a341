package api

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A step is one thing that happens to the register. Its texts may refer to an
// earlier step by its label: $3 is the id of the customer of the step with the
// label 3, $t3 the visitor token that it gave.
type step struct {
	op   string // a key of modelOps
	by   string // the caller, see rig
	on   string // a customer's id, @ and a memberId, a field's or a segment's key
	body string // JSON, a condition, a duration
	with string // for If-Match: the label of the step whose ETag is meant, or a text that is none
	as   string // label
}

func (s step) String() string {
	text := "{"
	for _, part := range []struct{ name, value string }{{"op", s.op}, {"by", s.by}, {"on", s.on}, {"body", s.body}, {"with", s.with}, {"as", s.as}} {
		if part.value != "" {
			if len(text) > 1 {
				text += ", "
			}
			quoted := strconv.Quote(part.value)
			if strconv.CanBackquote(part.value) && strings.Contains(part.value, `"`) {
				quoted = "`" + part.value + "`"
			}
			text += part.name + ": " + quoted
		}
	}
	return text + "},"
}

// A trial is one history on a fresh register, program and model side by side.
type trial struct {
	*rig
	world  *world
	labels map[string]labelled
	left   map[string]bool   // keys of fields that were deleted
	jobs   map[string]string // label -> the job that the step made
}

type labelled struct {
	id, token, etag string
	editables       map[string]any // of the customer when the ETag was given
}

var reference = regexp.MustCompile(`\$(t?)(\d+)`)

// resolve fills in what a text refers to.
func (k *trial) resolve(text string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		parts := reference.FindStringSubmatch(found)
		bound, ok := k.labels[parts[2]]
		switch {
		case !ok || parts[1] == "" && bound.id == "":
			return "nobody" + parts[2]
		case parts[1] == "":
			return bound.id
		}
		return bound.token
	})
}

// keep binds a step's label to what came of it.
func (k *trial) keep(s step, id string, got reply) {
	if s.as == "" || got.code != "" {
		return
	}
	bound := labelled{id: id, etag: got.etag}
	bound.token, _ = got.body["visitorToken"].(string)
	if p := k.world.here(id); p != nil {
		bound.editables = k.world.editables(p)
	}
	k.labels[s.as] = bound
}

// A difference is where program and model part.
type difference struct {
	at   int
	text string
}

// try runs a history until program and model part; nil when they never do.
func try(t *testing.T, steps []step, bleve bool) *difference {
	k := &trial{rig: newRig(t, bleve), world: newWorld(testNow), labels: map[string]labelled{}, left: map[string]bool{}, jobs: map[string]string{}}
	defer k.end()
	k.begin()
	for i, s := range steps {
		if diff := modelOps[s.op](k, s); diff != "" {
			return &difference{i, diff}
		}
		k.clock.add(time.Millisecond)
		k.world.now++
		if i%25 == 24 || i == len(steps)-1 {
			if diff := k.compareAll(); diff != "" {
				return &difference{i, diff}
			}
		}
	}
	return nil
}

// Random histories of everything that can happen to the register, against
// the rules in plain maps. MEIBO_CASES is the number of steps, MEIBO_SEED
// repeats one history.
func TestTheRegisterKeepsItsRules(t *testing.T) {
	steps, histories := 100, 3
	if n, err := strconv.Atoi(os.Getenv("MEIBO_CASES")); err == nil {
		steps, histories = min(n, 400), max(1, n/400)
	}
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MEIBO_SEED"), 10, 64); err == nil {
		seed, histories = n, 1
	}
	for i := range uint64(histories) {
		history := randomHistory(rand.New(rand.NewPCG(seed+i, 5)), steps)
		bleve := (seed+i)%2 == 0
		if found := try(t, history, bleve); found != nil {
			short, again := shorten(t, history, bleve, found)
			lines := make([]string, len(short))
			for j, s := range short {
				lines[j] = s.String()
			}
			t.Fatalf("MEIBO_SEED=%d step %d: %s\nthe shortest history that was found ends with: %s\n%s",
				seed+i, found.at, found.text, again.text, strings.Join(lines, "\n"))
		}
	}
	t.Logf("MEIBO_SEED=%d, %d histories of %d steps", seed, histories, steps)
}

// Histories that failed once, each with the rule that it broke.
func TestHistoriesThatFailedOnce(t *testing.T) {
	for name, steps := range failedOnce {
		t.Run(name, func(t *testing.T) {
			for _, s := range steps {
				if modelOps[s.op] == nil {
					t.Fatalf("no step %q", s.op)
				}
			}
			if found := try(t, steps, false); found != nil {
				t.Errorf("step %d, %s: %s", found.at, steps[found.at], found.text)
			}
		})
	}
}
