package channel_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"meibo/dsl"
	"meibo/dsl/channel"
	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index/indextest"
)

// A maker makes random queries over the fields of random records.
type maker struct {
	*indextest.Generator
	records []schema.Record
}

func newMaker(t testing.TB, seed uint64) maker {
	t.Helper()
	m := maker{Generator: indextest.NewGenerator(seed)}
	for i := range 60 {
		m.records = append(m.records, m.Record("c"+strconv.Itoa(i)))
	}
	return m
}

func pick[T any](m maker, of ...T) T { return of[m.IntN(len(of))] }

func (m maker) query() channel.Query {
	q := channel.Query{And: make([]channel.Group, m.IntN(4))}
	for i := range q.And {
		q.And[i].Or = make([]channel.Condition, pick(m, 0, 1, 1, 2, 3))
		for j := range q.And[i].Or {
			q.And[i].Or[j] = m.condition()
		}
	}
	return q
}

func (m maker) condition() channel.Condition {
	key := pick(m, "name", "country", "profile.text", "profile.in", "sessionsCount", "profile.amount", "member", "profile.flag", "tags", "profile.labels", "lastSeenAt", "profile.date")
	field, ok := m.Fields.Lookup(key)
	if !ok {
		panic(key)
	}
	c := channel.Condition{Key: pick(m, "", "user.", "context.user.") + key}
	always := []string{"$eq", "$ne", "$in", "$nin", "$exist", "$nexist"}
	ordered := []string{"$gt", "$gte", "$lt", "$lte"}
	switch field.Kind {
	case schema.String:
		c.Type, c.Operator = "string", pick(m, append(always, "$startWith", "$nStartWith", "$contains", "$notContains")...)
	case schema.Number:
		c.Type, c.Operator = "number", pick(m, append(always, ordered...)...)
	case schema.Boolean:
		c.Type, c.Operator = "boolean", pick(m, always...)
	case schema.List:
		c.Type, c.Operator = "list", pick(m, append(always, "$startWith", "$nStartWith", "$contains", "$notContains", "$containsAny", "$containsAll", "$setEqual",
			"$anyContainsSubstring", "$allContainsSubstring", "$anyStartWith", "$allStartWith")...)
	case schema.Date:
		c.Type, c.Operator = pick(m, "date", "datetime"), pick(m, append(append(always, ordered...), "$eqAgo", "$gtAgo", "$ltAgo")...)
	}
	c.Values = []any{}
	if c.Operator == "$exist" || c.Operator == "$nexist" {
		c.Values = pick(m, []any{}, []any{true}, []any{"true"})
		return c
	}
	for range pick(m, 0, 1, 1, 1, 2, 3) {
		c.Values = append(c.Values, m.value(c, field))
	}
	return c
}

func (m maker) value(c channel.Condition, field schema.Field) any {
	v := m.records[m.IntN(len(m.records))].Get(field.Key)
	asText := m.IntN(3) == 0
	switch field.Kind {
	case schema.String, schema.List:
		return m.needle(v)
	case schema.Boolean:
		b := m.IntN(2) == 0
		return pick[any](m, b, strconv.FormatBool(b))
	case schema.Number:
		n := v.Num()
		if asText {
			return strconv.FormatFloat(n, 'g', -1, 64)
		}
		return n
	}
	if slices.Contains([]string{"$eqAgo", "$gtAgo", "$ltAgo"}, c.Operator) {
		days := m.IntN(800)
		return pick[any](m, days, strconv.Itoa(days))
	}
	millis := v.Millis()
	if schema.TenDigits(millis) || millis < -60_000_000_000_000 || millis > 250_000_000_000_000 {
		millis = 1_763_823_600_000 + int64(m.IntN(100_000_000))
	}
	if asText {
		return pick(m, strconv.FormatInt(millis, 10), time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	return millis
}

// needle is a part of a value, so that some match.
func (m maker) needle(v schema.Value) string {
	text := "x"
	if elements := v.Elements(); len(elements) > 0 {
		text = elements[m.IntN(len(elements))]
	}
	runes := []rune(text)
	if m.IntN(2) == 0 {
		from := m.IntN(len(runes))
		runes = runes[from : from+1+m.IntN(len(runes)-from)]
	}
	if text = string(runes[:min(len(runes), 200)]); schema.Fold(text) == "" {
		return "VIP"
	}
	return text
}

// env is that of the cases, with the fields of the generator. The tests write
// and read dates in a zone with summer time, too.
func (m maker) env(t testing.TB) dsl.Env {
	env := noon(t, m.Fields)
	if m.IntN(2) == 0 {
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		env.Zone = zone
	}
	env.Now = time.UnixMilli(1_763_870_000_000) // amid the dates of the records
	return env
}

// TestRandomQueries: a query that is read means what the oracle says it does,
// and is written again as the comment of the package says.
func TestRandomQueries(t *testing.T) {
	m := newMaker(t, indextest.Seed(t))
	matched := 0
	for range indextest.Cases(t) {
		q, env := m.query(), m.env(t)
		text := marshal(t, &q)
		query, faults := importText(text, env)
		if query == nil {
			t.Fatalf("%s\n%+v", text, faults)
		}
		compiled := compile(t, query.Text, env)
		judge := oracle{env}
		for _, r := range m.records {
			got := eval.Match(compiled.Expr, r)
			if want := judge.matches(q, r); got != want {
				t.Fatalf("%s\n%s\nis %v for %v, want %v", text, query.Text, got, recordText(r), want)
			}
			if got {
				matched++
			}
		}
		written, refused := channel.Export(compiled, env)
		if written == nil {
			t.Fatalf("%s\n%s\nis refused: %s", text, query.Text, refused[0].Rendered)
		}
		if want := judge.normalQuery(q); !sameJSON(t, marshal(t, written), marshal(t, &want)) {
			t.Fatalf("%s\n%s\nwritten as\n%s\nwant\n%s", text, query.Text, marshal(t, written), marshal(t, &want))
		}
		holdWritten(t, m, compiled, written, env)
	}
	if matched == 0 {
		t.Error("nothing matched: the queries show nothing")
	}
}

func (o oracle) normalQuery(q channel.Query) channel.Query {
	normal := channel.Query{And: []channel.Group{}}
	for _, group := range q.And {
		var conditions []channel.Condition
		for _, c := range group.Or {
			conditions = append(conditions, o.normal(c)...)
		}
		if len(conditions) == 0 {
			conditions = []channel.Condition{{Key: "id", Type: "string", Operator: "$in", Values: []any{}}}
		}
		normal.And = append(normal.And, channel.Group{Or: conditions})
	}
	return normal
}

func compile(t testing.TB, text string, env dsl.Env) dsl.Compiled {
	t.Helper()
	compiled, list := dsl.Compile(text, env)
	if dsl.HasErrors(list) {
		t.Fatalf("%s\n%s", text, list[0].Rendered)
	}
	return compiled
}

func recordText(r schema.Record) string {
	text := ""
	for key, v := range r.All() {
		text += fmt.Sprintf("%s=%.80s ", key, v)
	}
	return text
}

// holdWritten: what was written of a filter is read as a filter of the same
// meaning, and written the same again.
func holdWritten(t testing.TB, m maker, compiled dsl.Compiled, written *channel.Query, env dsl.Env) {
	t.Helper()
	text := marshal(t, written)
	query, faults := importText(text, env)
	if query == nil {
		t.Fatalf("%s\n%s\n%+v", compiled.Query.Text, text, faults)
	}
	again := compile(t, query.Text, env)
	for _, r := range m.records {
		if eval.Match(compiled.Expr, r) != eval.Match(again.Expr, r) {
			t.Fatalf("%s\n%s\n%s\nmean different things for %s", compiled.Query.Text, text, query.Text, recordText(r))
		}
	}
	twice, refused := channel.Export(again, env)
	if twice == nil || marshal(t, twice) != text {
		t.Fatalf("%s\nfirst\n%s\nthen\n%v %v", compiled.Query.Text, text, twice, refused)
	}
}

// TestRandomFilters: what is written of any filter means the same; what is
// not says why, within the text.
func TestRandomFilters(t *testing.T) {
	m := newMaker(t, indextest.Seed(t))
	m.Look(m.records)
	written := 0
	for range indextest.Cases(t) {
		env := m.env(t)
		text, list := dsl.Format(expr.String(m.Expr(3)))
		if dsl.HasErrors(list) { // a needle beyond the limit of a literal
			continue
		}
		compiled, list := dsl.Compile(text, env)
		if dsl.HasErrors(list) {
			continue
		}
		query, refused := channel.Export(compiled, env)
		if (query == nil) == (len(refused) == 0) {
			t.Fatalf("%s\n%v and %v", text, query, refused)
		}
		for _, d := range refused {
			if checkWords(t, d.Message); d.Span.End <= d.Span.Start || d.Span.End > len(text) {
				t.Fatalf("%s\n%+v", text, d)
			}
		}
		if query != nil {
			written++
			holdWritten(t, m, compiled, query, env)
		}
	}
	if written < indextest.Cases(t)/50 {
		t.Errorf("only %d filters were written", written)
	}
}
