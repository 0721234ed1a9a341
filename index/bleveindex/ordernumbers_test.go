package bleveindex

import (
	"context"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// The rows sorted by text can have been made of a column that was carried
// through a merge, and the texts that are asked decoded again since. The two
// need not number their texts alike: the carried one may not number them at all,
// or still have texts that no row has any more.
func TestAnOrderOfOtherNumbersIsNotUsed(t *testing.T) {
	ctx := context.Background()
	b, s := crowded(t, 3000, Options{})
	const base = prefixText + "city"
	where := expr.Text{Field: "city", Kind: schema.String, Match: expr.Contains, Needles: []string{"京"}}
	want, err := s.Count(ctx, where)
	if err != nil || want == 0 {
		t.Fatalf("%d, %v", want, err)
	}
	segment := b.view.segments[0]
	decoded, err := segment.textColumn(ctx, base)
	if err != nil || decoded.which == nil {
		t.Fatalf("the cities of the crowd do not repeat: %v", err)
	}
	loose, renumbered := newTextColumn(segment.rows), newTextColumn(decoded.texts()+1)
	renumbered.offsets = append(renumbered.offsets, 0)
	for row := range uint32(segment.rows) {
		if err := loose.add(decoded.of(row)); err != nil {
			t.Fatal(err)
		}
		number := decoded.which[row]
		if number > 0 {
			number++ // behind a text that no row has
		}
		renumbered.which = append(renumbered.which, number)
	}
	for _, text := range append([][]byte{[]byte("0")}, texts(decoded)...) {
		if err := renumbered.add(text); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := segment.textColumn(ctx, idName)
	if err != nil {
		t.Fatal(err)
	}
	for name, carried := range map[string]*textColumn{"not numbered": loose, "numbered otherwise": renumbered} {
		t.Run(name, func(t *testing.T) {
			order := orderTexts(carried.finish(), allRows(segment.rows), ids)
			b.columns.clear()
			b.columns.put(columnKey{segment.id, formOrder + base}, order)
			n := &text{base, substring{expr.Contains, "京"}}
			rows, err := n.arena(ctx, segment)
			if err != nil || rows.count() != want {
				t.Errorf("%d rows, %v, want %d", rows.count(), err, want)
			}
		})
	}
}

// texts are the texts of a column but the empty one.
func texts(col *textColumn) [][]byte {
	var list [][]byte
	for i := 1; i < col.texts(); i++ {
		list = append(list, col.text(uint32(i)))
	}
	return list
}
