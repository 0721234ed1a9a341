package channel_test

import (
	"testing"

	"meibo/dsl"
	"meibo/dsl/channel"
	"meibo/dsl/jsondoc"
)

// channelSeeds are the queries of the cases, right and wrong, and random ones.
func channelSeeds(t testing.TB, m maker) []string {
	var seeds []string
	for _, c := range readCases(t) {
		for _, line := range c.lines[:2] {
			if line[0] == '{' {
				seeds = append(seeds, whole(line))
			}
		}
	}
	for range 200 {
		q := m.query()
		seeds = append(seeds, marshal(t, &q))
	}
	return seeds
}

// FuzzChannel: bytes make no panic; what is read and compiles is written with
// the same meaning.
func FuzzChannel(f *testing.F) {
	m := newMaker(f, 1)
	for _, text := range channelSeeds(f, m) {
		f.Add(text)
	}
	env := noon(f, m.Fields)
	f.Fuzz(func(t *testing.T, text string) {
		query, faults := importText(text, env)
		if (query == nil) == (len(faults) == 0) {
			t.Fatalf("%v with %v", query, faults)
		}
		for _, fault := range faults {
			if fault.Code == "" || fault.Message.JA == "" || fault.Message.EN == "" {
				t.Fatalf("%+v", fault)
			}
		}
		if query == nil {
			return
		}
		compiled, list := dsl.Compile(query.Text, env)
		if dsl.HasErrors(list) {
			return
		}
		written, refused := channel.Export(compiled, env)
		if written == nil {
			t.Fatalf("%s\nwas read as\n%s\nand is refused: %s", text, query.Text, refused[0].Rendered)
		}
		if len(marshal(t, written)) > jsondoc.MaxBytes {
			return // each value of a condition can become a condition
		}
		holdWritten(t, m, compiled, written, env)
	})
}
