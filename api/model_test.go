package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
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
	left   map[string]bool // keys of fields that were deleted
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

// flat is nested JSON by dotted key.
func flat(into map[string]any, prefix string, from map[string]any) map[string]any {
	for key, value := range from {
		switch v := value.(type) {
		case map[string]any:
			flat(into, prefix+key+".", v)
		case []any:
			list := []string{}
			for _, one := range v {
				list = append(list, fmt.Sprint(one))
			}
			into[prefix+key] = list
		default:
			into[prefix+key] = v
		}
	}
	return into
}

// unlike tells how two records differ.
func unlike(got, want map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if !same(got[key], want[key]) {
			parts = append(parts, fmt.Sprintf("%s is %v, want %v", key, got[key], want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if _, there := got[key]; !there {
			parts = append(parts, fmt.Sprintf("%s is missing, want %v", key, want[key]))
		}
	}
	return strings.Join(parts, "; ")
}

// compareCustomer holds one customer against the model.
func (k *trial) compareCustomer(id string) string {
	got := k.get(id)
	p := k.world.people[id]
	switch {
	case p == nil || p.deleted:
		if got.code != "not_found" {
			return fmt.Sprintf("GET %s: %d %s, want not_found", id, got.status, got.raw)
		}
	case p.merged != "":
		if target, _ := got.body["target"].(string); got.code != "merged" || target != k.world.final(id) {
			return fmt.Sprintf("GET %s: %d %s, want merged into %s", id, got.status, got.raw, k.world.final(id))
		}
	case got.code != "":
		return fmt.Sprintf("GET %s: %d %s, want the customer", id, got.status, got.raw)
	default:
		if diff := unlike(flat(map[string]any{}, "", got.body), k.world.shown(p)); diff != "" {
			return fmt.Sprintf("customer %s: %s", id, diff)
		}
	}
	return ""
}

// compareAll holds everything against the model.
func (k *trial) compareAll() string {
	for _, id := range slices.Sorted(maps.Keys(k.world.people)) {
		if diff := k.compareCustomer(id); diff != "" {
			return diff
		}
		if diff := k.compareHistory(id); diff != "" {
			return diff
		}
	}
	if diff := k.compareFilter(`["everyone"]`); diff != "" {
		return diff
	}
	if diff := k.compareSegments(); diff != "" {
		return diff
	}
	return k.compareMonths()
}

// compareFilter holds what a filter finds against the model.
func (k *trial) compareFilter(condition string) string {
	c := parseCondition(condition)
	want, wrong := k.world.found(c)
	got, code := k.members(filterText(c))
	switch {
	case wrong != "" && code == "":
		return fmt.Sprintf("%s: found %v, want a refusal: %s", filterText(c), got, wrong)
	case wrong == "" && code != "":
		return fmt.Sprintf("%s: refused with %s, want %v", filterText(c), code, want)
	case wrong == "" && !slices.Equal(got, want):
		return fmt.Sprintf("%s: found %v, want %v", filterText(c), got, want)
	}
	return ""
}

// compareOutcome holds an answer's code and status against the model's. Several
// codes may be allowed, parted by |.
func compareOutcome(got reply, code, status string) string {
	said, _ := got.body["status"].(string)
	switch {
	case !slices.Contains(strings.Split(code, "|"), got.code):
		return fmt.Sprintf("answer %d %q (%s), want code %q", got.status, got.code, got.raw, code)
	case got.code == "" && status != "" && said != status:
		return fmt.Sprintf("status %q (%s), want %q", said, got.raw, status)
	}
	return ""
}

// A difference is where program and model part.
type difference struct {
	at   int
	text string
}

// try runs a history until program and model part; nil when they never do.
func try(t *testing.T, steps []step, bleve bool) *difference {
	k := &trial{rig: newRig(t, bleve), world: newWorld(testNow), labels: map[string]labelled{}, left: map[string]bool{}}
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

// fewerKeys are a step's variants with one key of its JSON left out.
func fewerKeys(s step) []step {
	var body map[string]any
	decoder := json.NewDecoder(strings.NewReader(s.body))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return nil
	}
	var found []step
	leaveOut := func(object map[string]any) {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			value := object[key]
			delete(object, key)
			fewer := s
			fewer.body = text(body)
			found = append(found, fewer)
			object[key] = value
		}
	}
	leaveOut(body)
	for _, inner := range body {
		if object, ok := inner.(map[string]any); ok {
			leaveOut(object)
		}
	}
	return found
}

// shorten leaves steps out, and then keys of bodies, for as long as the
// history still fails, within a number of attempts.
func shorten(t *testing.T, steps []step, bleve bool, found *difference) ([]step, *difference) {
	attempts := 300
	steps = steps[:found.at+1]
	for size := len(steps) / 2; size >= 1 && attempts > 0; {
		dropped := false
		for at := len(steps) - 1 - size; at >= 0 && attempts > 0; at -= size {
			fewer := slices.Delete(slices.Clone(steps), at, at+size)
			attempts--
			if again := try(t, fewer, bleve); again != nil {
				steps, found, dropped = fewer[:again.at+1], again, true
				at = min(at, len(steps)-size)
			}
		}
		if size > 1 || !dropped {
			size /= 2
		}
	}
	for at := 0; at < len(steps) && attempts > 0; at++ {
		for _, fewer := range fewerKeys(steps[at]) {
			changed := slices.Clone(steps)
			changed[at] = fewer
			attempts--
			if again := try(t, changed, bleve); again != nil {
				steps, found = changed[:again.at+1], again
				at--
				break
			}
		}
	}
	return steps, found
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
