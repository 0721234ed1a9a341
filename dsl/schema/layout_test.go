package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Any record in any layout, few fields or many, is written as one look-up after
// the other would write it.
func TestLayoutsWriteWhatTheyHold(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 300 {
		var list []Field
		for i := range random.IntN(150) {
			list = append(list, Field{Key: fmt.Sprintf("%sk%d", []string{"", "web.", "profile."}[random.IntN(3)], i), Kind: Number})
		}
		fields, err := NewFields(DefaultRegion, list)
		if err != nil {
			t.Fatal(err)
		}
		r := NewRecord("c")
		kept := map[string]bool{}
		for _, f := range list {
			if random.IntN(4) > 0 {
				r.Set(f.Key, Num(float64(random.IntN(100))))
			}
			kept[f.Key] = random.IntN(3) > 0
		}
		for range random.IntN(5) { // values of fields that are no more
			r.Set(fmt.Sprintf("%sz%d", []string{"", "a.", "profile."}[random.IntN(3)], random.IntN(9)), Num(1))
		}
		keep := func(key string) bool { return kept[key] }
		if got, want := string(fields.Layout(keep).Append(nil, r)), lookedUp(r, list, keep); got != want {
			t.Fatalf("\n got %s\nwant %s", got, want)
		}
		all := func(string) bool { return true }
		if got, want := string(fields.Layout(nil).Append(nil, r)), lookedUp(r, list, all); got != want {
			t.Fatalf("\n got %s\nwant %s", got, want)
		}
	}
}

// lookedUp writes a record of numbers value by value. A group stands where its
// first field would.
func lookedUp(r Record, list []Field, keep func(string) bool) string {
	var parts []string
	at := map[string]int{} // of a group, in parts
	for _, f := range list {
		group, rest, nested := strings.Cut(f.Key, ".")
		v := r.Get(f.Key)
		switch i, there := at[group]; {
		case !keep(f.Key):
		case !nested:
			if !v.IsMissing() {
				parts = append(parts, fmt.Sprintf(`,"%s":%v`, group, v.Num()))
			}
		case !there:
			at[group] = len(parts)
			parts = append(parts, "")
			i = at[group]
			fallthrough
		default:
			if v.IsMissing() {
				continue
			}
			if parts[i] == "" {
				parts[i] = fmt.Sprintf(`,"%s":{}`, group)
			}
			members := strings.TrimSuffix(parts[i], "}")
			if !strings.HasSuffix(members, "{") {
				members += ","
			}
			parts[i] = fmt.Sprintf(`%s"%s":%v}`, members, rest, v.Num())
		}
	}
	return `{"id":"c"` + strings.Join(parts, "") + "}"
}
