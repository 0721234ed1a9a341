package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"meibo/dsl/schema"
)

func demoNow() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }

func demoText(t *testing.T, seed, n uint64) string {
	t.Helper()
	var b bytes.Buffer
	if err := newDemoCustomers(seed, demoNow()).writeTo(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The demo is part of the documentation: the README shows answers to it. When
// a change of the generator is meant, this hash and the README change with it.
func TestDemoIsTheSameForeverForASeed(t *testing.T) {
	text := demoText(t, 1, 2000)
	const want = "c0c4f38b328237c0"
	if sum := sha256.Sum256([]byte(text)); hex.EncodeToString(sum[:8]) != want {
		t.Errorf("hash %x, want %s", sum[:8], want)
	}
	if !strings.HasPrefix(text, demoText(t, 1, 300)) {
		t.Error("customer 0 to 299 depend on how many are made")
	}
	if strings.HasPrefix(text, demoText(t, 2, 1)) {
		t.Error("another seed gives the same customers")
	}
}

func TestDemoReaderGivesTheSameBytes(t *testing.T) {
	source := newDemoCustomers(7, demoNow()).source(50)
	r, err := source.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(iotest.OneByteReader(r))
	if err != nil || string(got) != demoText(t, 7, 50) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestDemoCustomersAreGoodAndBelievable(t *testing.T) {
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	const n = 10_000
	has := map[string]int{}
	count := map[string]int{}
	ids := map[string]bool{}
	for line := range strings.Lines(demoText(t, 1, n)) {
		r := demoRecord(t, fields, line)
		ids[r.ID()] = true
		for key := range r.All() {
			has[key]++
		}
		if created, last := r.Get(schema.CreatedAtField).Millis(), r.Get(schema.LastSeenField).Millis(); created > last || last > demoNow().UnixMilli() {
			t.Fatalf("times out of order: %s", line)
		}
		if r.Get(schema.MemberField).Bool() != !r.Get(schema.MemberIDField).IsMissing() {
			t.Fatalf("member and memberId disagree: %s", line)
		}
		if phone := r.Get(schema.MobileNumberField); !phone.IsMissing() {
			if _, ok := schema.ParsePhone(phone.Text(), "JP"); !ok {
				t.Fatalf("%q is no phone number", phone.Text())
			}
		}
		if strings.HasSuffix(r.Get(schema.EmailField).Text(), "@x.jp") {
			count["x.jp"]++
		}
		if r.Get("web.sessionsCount").Num() > 5 {
			count["many sessions"]++
		}
		if name := r.Get(schema.NameField).Text(); schema.Fold(name) != schema.FoldQuick(name) {
			count["variant kanji"]++
		}
		if r.Get(schema.MemberField).Bool() {
			count["members"]++
		}
	}
	if len(ids) != n {
		t.Errorf("%d different ids", len(ids))
	}
	for f := range fields.All() {
		if has[f.Key] == 0 {
			t.Errorf("no customer has %s", f.Key)
		}
	}
	for what, percent := range map[string][2]float64{"x.jp": {0.8, 2.5}, "many sessions": {8, 30}, "variant kanji": {1, 8}, "members": {57, 63}} {
		if p := float64(count[what]) * 100 / n; p < percent[0] || p > percent[1] {
			t.Errorf("%s: %.1f %%, want %v", what, p, percent)
		}
	}
}

func demoRecord(t *testing.T, fields *schema.Fields, line string) schema.Record {
	t.Helper()
	members, err := schema.ParseCustomer([]byte(line))
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	var r schema.Record
	for _, m := range members {
		if m.Empty() { // a group without values
			continue
		}
		f, ok := fields.Lookup(m.Key)
		if !ok {
			t.Fatalf("no field %s", m.Key)
		}
		v, fault := schema.Coerce(f, m.Raw, time.UTC)
		if fault != nil {
			t.Fatal(fault)
		}
		r.Set(m.Key, v)
	}
	return r
}

func BenchmarkDemo(b *testing.B) {
	d := newDemoCustomers(1, demoNow())
	var line []byte
	for i := 0; b.Loop(); i++ {
		line = d.appendCustomer(line[:0], uint64(i))
	}
}
