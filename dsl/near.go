package dsl

import (
	"cmp"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// maxNearest is how many names an unknown one may bring to mind.
const maxNearest = 3

// Nearest are the fields that a key may have meant, the likeliest first: the
// same key in another case, a label in either language, the last part alone,
// and few edits away. At most three; none when nothing is near.
func Nearest(fields *schema.Fields, key string) []schema.Field {
	return nearestOf(namesOf(fields), key)
}

// nearest is Nearest with its memory: what is tried out asks for the same keys
// again.
func (c *compiler) nearest(key string) []schema.Field {
	if list, known := c.near[key]; known {
		return list
	}
	if c.near == nil {
		c.near, c.fieldNames = map[string][]schema.Field{}, namesOf(c.env.Fields)
	}
	list := nearestOf(c.fieldNames, key)
	c.near[key] = list
	return list
}

// A fieldName is a field with its names as they are compared.
type fieldName struct {
	schema.Field
	lower, last string // the key and its last part in lower case
	ja, en      string // the labels, folded
}

func namesOf(fields *schema.Fields) []fieldName {
	names := make([]fieldName, 0, fields.Len())
	for f := range fields.All() {
		lower := strings.ToLower(f.Key)
		names = append(names, fieldName{f, lower, lastPart(lower), schema.Fold(f.Labels.JA), schema.Fold(f.Labels.EN)})
	}
	return names
}

func nearestOf(names []fieldName, key string) []schema.Field {
	if len(key) > 2*schema.MaxKeyLength {
		return nil
	}
	type candidate struct {
		schema.Field
		far int
	}
	var found []candidate
	lower, folded := strings.ToLower(key), schema.Fold(key)
	for i := range names {
		if far, ok := names[i].farFrom(lower, folded); ok {
			found = append(found, candidate{names[i].Field, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var list []schema.Field
	for _, one := range found[:min(len(found), maxNearest)] {
		list = append(list, one.Field)
	}
	return list
}

// farFrom measures in quarters of an edit, so that equally distant names keep
// a sensible order; ok is false when the field is too far to be meant. The key
// is given in lower case and folded.
func (f *fieldName) farFrom(lower, folded string) (far int, ok bool) {
	last := lastPart(lower)
	switch {
	case lower == f.lower:
		return 0, true
	case folded == f.ja || folded == f.en:
		return 1, true
	case last == f.last:
		return 2, true
	}
	limit := max(1, len(lower)/4)
	if far, ok := near(lower, f.lower, limit); ok {
		return 4 * far, true
	}
	if far, ok := near(last, f.last, max(1, len(last)/4)); ok && len(last) > 2 {
		return 4*far + 1, true
	}
	return 4*limit + 2, partOfLabel(folded, f.ja, f.en)
}

// partOfLabel reports whether the text is the greater part of a label:
// 最新アクセス of 最新アクセス時間. All three are folded.
func partOfLabel(folded, ja, en string) bool {
	part := func(label string) bool { return 2*len(folded) >= len(label) && strings.Contains(label, folded) }
	return len(folded) >= 6 && (part(ja) || part(en))
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// near reports whether at most limit edits lead from one text to the other,
// and leave something of it; most pairs are told apart by their lengths.
func near(a, b string, limit int) (edits int, ok bool) {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || b == "" {
		return 0, false
	}
	edits = distance(a, b)
	return edits, edits <= limit && edits < len(b)
}

// distance counts the edits between two short texts, in bytes; two letters
// that changed places are one edit. Texts too long for a name are as far apart
// as can be. Cost: the product of their lengths.
func distance(a, b string) int {
	const longest = 3 * schema.MaxKeyLength
	if len(a) > longest || len(b) > longest {
		return max(len(a), len(b))
	}
	var rows [3][longest + 1]int16 // on the stack
	before, last, next := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = int16(j)
	}
	for i := 1; i <= len(a); i++ {
		next[0] = int16(i)
		for j := 1; j <= len(b); j++ {
			same := int16(1)
			if a[i-1] == b[j-1] {
				same = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return int(last[len(b)])
}
