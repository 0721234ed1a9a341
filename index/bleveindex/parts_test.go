package bleveindex

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"

	"meibo/dsl/schema"
)

// seeded is a source of random numbers whose seed a failing test shows.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func TestNumbersKeepTheirOrder(t *testing.T) {
	r := seeded(t)
	list := []float64{0, math.Copysign(0, -1), 1, -1, schema.MaxNumber, -schema.MaxNumber, math.SmallestNonzeroFloat64,
		-math.SmallestNonzeroFloat64, math.MaxFloat64, -math.MaxFloat64, schema.MinMillis, schema.MaxMillis}
	for range 2000 {
		if n := math.Float64frombits(r.Uint64()); !math.IsNaN(n) && !math.IsInf(n, 0) {
			list = append(list, n)
		}
	}
	for i, a := range list {
		term := encodeNumber(a)
		if strings.IndexByte(term, 0xff) >= 0 {
			t.Fatalf("the term of %v holds 0xff: %x", a, term)
		}
		if back, ok := decodeNumber(term); !ok || back != a {
			t.Fatalf("%v comes back as %v, %v", a, back, ok)
		}
		b := list[(i+1)%len(list)]
		if got, want := cmp.Compare(term, encodeNumber(b)), cmp.Compare(a+0, b+0); got != want {
			t.Fatalf("terms of %v and %v compare %d, want %d", a, b, got, want)
		}
	}
	for _, bad := range []string{"", "x", strings.Repeat("\x02", encodedNumber)} {
		if n, ok := decodeNumber(bad); ok {
			t.Errorf("%q reads as %v", bad, n)
		}
	}
}

func TestBitsets(t *testing.T) {
	r := seeded(t)
	for range 300 {
		rows := 1 + r.IntN(300)
		a, b := newBitset(rows), newBitset(rows)
		inA, inB := map[uint32]bool{}, map[uint32]bool{}
		m := roaring.New()
		for range r.IntN(rows + 1) {
			x, y := uint32(r.IntN(rows)), uint32(r.IntN(rows))
			a.add(x)
			m.Add(y)
			inA[x], inB[y] = true, true
		}
		b.addAll(m)
		check := func(name string, got bitset, want func(row uint32) bool) {
			t.Helper()
			var rowsOf []uint32
			for row := range uint32(rows) {
				if want(row) {
					rowsOf = append(rowsOf, row)
				}
			}
			var have []uint32
			got.each(func(row uint32) bool { have = append(have, row); return true })
			if !slices.Equal(have, rowsOf) || got.count() != len(rowsOf) || got.empty() != (len(rowsOf) == 0) {
				t.Fatalf("%s of %d rows: %v, %d, want %v", name, rows, have, got.count(), rowsOf)
			}
			var stepped []uint32
			for row, ok := got.next(0); ok; row, ok = got.next(row + 1) {
				stepped = append(stepped, row)
			}
			if !slices.Equal(stepped, rowsOf) {
				t.Fatalf("%s: next gives %v, want %v", name, stepped, rowsOf)
			}
		}
		check("a", a, func(row uint32) bool { return inA[row] })
		if got, want := a.countAnd(b), intersection(a, b).count(); got != want {
			t.Fatalf("countAnd = %d, want %d", got, want)
		}
		check("and", intersection(a, b), func(row uint32) bool { return inA[row] && inB[row] })
		or, without, not := slices.Clone(a), slices.Clone(a), slices.Clone(a)
		or.or(b)
		check("or", or, func(row uint32) bool { return inA[row] || inB[row] })
		without.andNot(b)
		check("andNot", without, func(row uint32) bool { return inA[row] && !inB[row] })
		not.not(rows)
		check("not", not, func(row uint32) bool { return !inA[row] })
		check("full", fullBitset(rows), func(uint32) bool { return true })
	}
}

func intersection(a, b bitset) bitset {
	c := slices.Clone(a)
	c.and(b)
	return c
}

func TestFindTexts(t *testing.T) {
	r := seeded(t)
	for range 2000 {
		col := newTextColumn(0)
		var list []string
		for range r.IntN(40) {
			text := strings.Map(func(rune) rune { return rune('a' + r.IntN(2)) }, strings.Repeat(".", r.IntN(6)))
			list = append(list, text)
			if err := col.add([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		needle := strings.Map(func(rune) rune { return rune('a' + r.IntN(2)) }, strings.Repeat(".", 1+r.IntN(4)))
		found := newBitset(len(list) + 1)
		findTexts(col.finish(), []byte(needle), found)
		for i, text := range list {
			if found.has(uint32(i)) != strings.Contains(text, needle) {
				t.Fatalf("%q in text %d of %q: %v", needle, i, list, found.has(uint32(i)))
			}
		}
	}
}

func TestAColumnIsDecodedOnce(t *testing.T) {
	c := newColumnCache(1 << 20)
	var decoded atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			col, err := c.get(context.Background(), columnKey{1, "n:a"}, func() (column, error) {
				decoded.Add(1)
				time.Sleep(time.Millisecond)
				return numberColumn{1}, nil
			})
			if err != nil || col.(numberColumn)[0] != 1 {
				t.Errorf("get = %v, %v", col, err)
			}
		})
	}
	all.Wait()
	if n := decoded.Load(); n != 1 {
		t.Errorf("decoded %d times", n)
	}
}

func TestColumnsComeAndGo(t *testing.T) {
	c := newColumnCache(100) // bytes: 12 numbers
	get := func(segment uint64, name string) (decoded bool) {
		t.Helper()
		_, err := c.get(context.Background(), columnKey{segment, name}, func() (column, error) {
			decoded = true
			return make(numberColumn, 5), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return decoded
	}
	one, two := []uint64{1}, []uint64{1, 2}
	c.pin(one)
	c.pin(two)
	for _, step := range []struct {
		segment uint64
		name    string
		decoded bool
	}{{1, "a", true}, {2, "b", true}, {1, "a", false}, {2, "c", true}, {1, "a", false}, {2, "b", true}} {
		if got := get(step.segment, step.name); got != step.decoded {
			t.Errorf("%v: decoded %v", step, got)
		}
	}
	if names := c.byUse(); !slices.Equal(names, []string{"b", "a"}) {
		t.Errorf("columns in use are %q", names)
	}
	c.unpin(two)
	if len(c.entries) != 1 || c.used != 40 || len(c.inUse()) != 1 {
		t.Errorf("%d columns of %d bytes stay with the older view, want 1 of 40", len(c.entries), c.used)
	}
	c.unpin(one)
	if len(c.entries) != 0 || c.used != 0 || len(c.pins) != 0 {
		t.Errorf("%d columns of %d bytes stay without a view", len(c.entries), c.used)
	}
}

func TestAColumnThatFailsIsTriedAgain(t *testing.T) {
	c := newColumnCache(100)
	failure := errors.New("no")
	for range 2 {
		if _, err := c.get(context.Background(), columnKey{}, func() (column, error) { return nil, failure }); !errors.Is(err, failure) {
			t.Errorf("get = %v, want the failure", err)
		}
	}
	if col, err := c.get(context.Background(), columnKey{}, func() (column, error) { return numberColumn{}, nil }); err != nil || col == nil {
		t.Errorf("get = %v, %v", col, err)
	}
}

func TestRanksOrderLikeValues(t *testing.T) {
	texts := []string{"a", "ab", "abcdefgh", "abcdefghi", "b", "田中", "\U0010ffff\U0010ffff"}
	for i, a := range texts {
		for _, b := range texts[i+1:] {
			if textRank([]byte(a)) > textRank([]byte(b)) {
				t.Errorf("%q ranks after %q", a, b)
			}
		}
		if textRank([]byte(a)) == lastRank || directed(textRank([]byte(a)), true) == lastRank {
			t.Errorf("%q ranks like a missing text", a)
		}
	}
	for _, n := range []float64{0, -1, 1, math.MaxFloat64, -math.MaxFloat64} {
		if numberRank(n, false) == lastRank || numberRank(n, true) == lastRank {
			t.Errorf("%v ranks like a missing number", n)
		}
	}
}

// decodePlain trusts that only kanji have variants.
func TestVariantKanjiBeginLate(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if text := string(r); schema.PlainKanji(text) != text && text[0] < firstKanjiByte {
			t.Errorf("%q has a variant and begins with the byte %#x", text, text[0])
		}
	}
}

// A column may get more texts than were expected.
func TestTextColumnsGrow(t *testing.T) {
	for _, expected := range []int{0, 64, 1500, 3000, 10_000} {
		col := newTextColumn(expected)
		for i := range 3000 {
			if err := col.add([]byte(strings.Repeat("x", i%7))); err != nil {
				t.Fatal(err)
			}
		}
		col = col.finish()
		for i := range 3000 {
			if got := len(col.text(uint32(i))); got != i%7 {
				t.Fatalf("expecting %d: text %d has %d bytes, want %d", expected, i, got, i%7)
			}
		}
	}
}
