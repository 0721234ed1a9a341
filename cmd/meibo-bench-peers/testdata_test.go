package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// writeCustomers makes a file of n invented customers, with ties in what is
// sorted by and with values that fold.
func writeCustomers(t *testing.T, n int) (name string) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	fields, err := newFields()
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for i := range n {
		b = append(customer(r, i).AppendJSON(b, fields, nil), '\n')
	}
	name = filepath.Join(t.TempDir(), "customers.ndjson")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func customer(r *rand.Rand, i int) schema.Record {
	const latest = 1_795_478_400_000
	hour := int64(time.Hour / time.Millisecond)
	c := schema.NewRecord(fmt.Sprintf("%08x-%05d", r.Uint32(), i))
	c.Set("lastSeenAt", schema.At(latest-r.Int64N(200*24)*hour))
	c.Set("member", schema.Bool(r.IntN(3) > 0))
	set := func(percent int, key string, v schema.Value) {
		if r.IntN(100) < percent {
			c.Set(key, v)
		}
	}
	set(80, "unsubscribeEmail", schema.Bool(r.IntN(5) == 0))
	set(90, "web.sessionsCount", schema.Num(float64(r.IntN(25))))
	set(90, "country", schema.Text(oneOf(r, "JP", "JP", "us", "KR", "ＵＳ")))
	set(70, "name", schema.Text(oneOf(r, "田中", "田　中", "髙橋", "O'Neill")+oneOf(r, " 太郎", "はなこ", "ﾊﾅｺ")))
	set(60, "profile.email", schema.Text(fmt.Sprintf("%s%d@%s", oneOf(r, "Tanaka", "ken", "o'neill"), r.IntN(300), oneOf(r, "x.jp", "X.JP", "example.com"))))
	set(50, "profile.mobileNumber", schema.Text(fmt.Sprintf("090-%04d-%04d", r.IntN(10000), r.IntN(10000))))
	set(60, "tags", schema.Strings(oneOf(r, "VIP", "ｖｉｐ", "新規"), oneOf(r, "vip", "店舗", `"quoted"`)))
	return c
}

func oneOf(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }
