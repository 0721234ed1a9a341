package store

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"meibo/dsl/schema"
)

func everyKind() schema.Record {
	r := schema.NewRecord("c1")
	r.Set("memberId", schema.Text("m-1"))
	r.Set("member", schema.Bool(true))
	r.Set("unsubscribeEmail", schema.Bool(false))
	r.Set("tags", schema.Strings("VIP", "東京", "a,b"))
	r.Set("lastSeenAt", schema.At(1_764_000_000_123))
	r.Set("createdAt", schema.At(-1))
	r.Set("web.sessionsCount", schema.Num(-3))
	r.Set("profile.big", schema.Num(schema.MaxNumber))
	r.Set("profile.small", schema.Num(-schema.MaxNumber))
	r.Set("profile.fraction", schema.Num(0.1))
	r.Set("profile.tiny", schema.Num(math.SmallestNonzeroFloat64))
	r.Set("profile.name", schema.Text("髙橋 太郎\n"))
	r.Set("Before", schema.Text("sorts before id"))
	return r
}

// numberAll numbers keys without a file.
func numberAll(n **numbering) func(string) (uint64, error) {
	return func(key string) (uint64, error) {
		if number, ok := (*n).byKey[key]; ok {
			return number, nil
		}
		next, number := (*n).with(key)
		*n = next
		return number, nil
	}
}

func TestRecordComesBackAsItWas(t *testing.T) {
	stamped := everyKind()
	stamped.SetStamp("unsubscribeEmail", 1_764_000_000_123)
	stamped.SetStamp("profile.gone", -7) // a field that has no value any more
	for _, c := range []stored{
		{seq: 1, record: schema.NewRecord("x")},
		{seq: 1, record: stamped},
		{seq: 1, record: stamped, deleted: true},
		{seq: 1, record: schema.NewRecord("x"), deleted: true, merged: math.MaxUint64},
		{seq: math.MaxUint64, record: everyKind()},
		{seq: 7, deleted: true, record: everyKind()},
	} {
		n := newNumbering()
		body, err := appendCustomer(nil, c, numberAll(&n))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeCustomer(body, n)
		if err != nil {
			t.Fatal(err)
		}
		if got.seq != c.seq || got.deleted != c.deleted || got.merged != c.merged || !got.record.Equal(c.record) {
			t.Errorf("%+v became %+v", c, got)
		}
	}
}

// The bytes of FORMAT.md, written by hand: they must not change while the
// format's version is 1.
func TestRecordBytes(t *testing.T) {
	r := schema.NewRecord("c") // number 7
	r.Set("a", schema.Bool(true))
	r.Set("b", schema.Num(-2))
	r.Set("d", schema.Num(0.5))
	r.Set("e", schema.At(300))
	r.Set("f", schema.Strings("x", "あ"))
	n := newNumbering()
	for _, key := range []string{"a", "b", "d", "e", "f", "unused", "id"} {
		n, _ = n.with(key)
	}
	want := []byte{
		1,          // deleted
		0xac, 0x02, // seq 300
		6,           // values
		1<<3 | 1,    // a: true
		2<<3 | 3, 3, // b: -2
		3<<3 | 4, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, // d: 0.5
		4<<3 | 5, 0xd8, 0x04, // e: 300
		5<<3 | 6, 2, 1, 'x', 3, 0xe3, 0x81, 0x82, // f: x, あ
		7<<3 | 2, 1, 'c', // id
	}
	got, err := appendCustomer(nil, stored{deleted: true, seq: 300, record: r}, numberAll(&n))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n% x, want\n% x", err, got, want)
	}
	r.SetStamp("d", -2)
	r.SetStamp("unused", 300)
	want[0] = 3                                 // deleted, with stamps
	want = append(want, 2, 3, 3, 6, 0xd8, 0x04) // two: d, unused
	got, err = appendCustomer(nil, stored{deleted: true, seq: 300, record: r}, numberAll(&n))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("with stamps: %v\n% x, want\n% x", err, got, want)
	}
	want = []byte{5, 0xac, 0x02, 9, 1, 7<<3 | 2, 1, 'c'} // deleted and merged into number 9
	got, err = appendCustomer(nil, stored{deleted: true, merged: 9, seq: 300, record: schema.NewRecord("c")}, numberAll(&n))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("merged: %v\n% x, want\n% x", err, got, want)
	}
}

// A record whose fields come in another order than that of their keys, which
// no version of meibo writes, is read in the right one.
func TestDecodeCustomerOfAnyOrder(t *testing.T) {
	n := newNumbering()
	for _, key := range []string{"c", "id", "a", "b"} {
		n, _ = n.with(key)
	}
	body := []byte{0, 1, 4, 1<<3 | 1, 4<<3 | 1, 2<<3 | 2, 1, 'x', 3 << 3}
	want := schema.NewRecord("x")
	for key, b := range map[string]bool{"a": false, "b": true, "c": true} {
		want.Set(key, schema.Bool(b))
	}
	if c, err := decodeCustomer(body, n); err != nil || !c.record.Equal(want) {
		t.Errorf("%v, %v; want %v", c.record, err, want)
	}
}

// A checksum keeps damaged bytes out; should some come by, they are an error
// and neither a panic nor an allocation of any size.
func FuzzDecodeCustomer(f *testing.F) {
	n := newNumbering()
	body, err := appendCustomer(nil, stored{seq: 1, record: everyKind()}, numberAll(&n))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte{})
	f.Add([]byte{0, 1, 1, 1<<codeBits | codeList, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := decodeCustomer(body, n)
		if err == nil && c.record.Len() > len(body) {
			t.Errorf("%d values out of %d bytes", c.record.Len(), len(body))
		}
	})
}

func TestDecodeRefusesWhatIsCutShort(t *testing.T) {
	n := newNumbering()
	stamped := everyKind()
	stamped.SetStamp("tags", 300)
	body, err := appendCustomer(nil, stored{seq: 300, deleted: true, merged: 300, record: stamped}, numberAll(&n))
	if err != nil {
		t.Fatal(err)
	}
	for i := range body {
		if _, err := decodeCustomer(body[:i], n); err == nil {
			t.Errorf("%d of %d bytes decode", i, len(body))
		}
	}
	if _, err := decodeCustomer(append(body, 0), n); err == nil {
		t.Error("a byte too many decodes")
	}
	var unknown *unknownNumberError
	if _, err := decodeCustomer(body, &numbering{keys: n.keys[:3], ranks: n.ranks[:3]}); !errors.As(err, &unknown) {
		t.Errorf("an unknown field gives %v", err)
	}
}

func BenchmarkDecodeCustomer(b *testing.B) {
	n := newNumbering()
	body, err := appendCustomer(nil, stored{seq: 300, record: fortyFields("c")}, numberAll(&n))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeCustomer(body, n); err != nil {
			b.Fatal(err)
		}
	}
}
