package schema

import (
	"slices"
	"strings"
)

// A Layout is how records travel: nested JSON, the id first, then the fields
// in their display order; a value whose field is not in the layout is left
// out. Dates are epoch milliseconds. It does not change, and is worth making
// once for many records.
type Layout struct {
	groups []group
	byKey  []place
}

// A group is the fields that travel as one object ("web", "profile"), or one
// field that stands by itself.
type group struct {
	opening string // `,"web":{`; "" for a field by itself
	members []member
}

type member struct {
	key   string
	label string // `"os":`
}

// A place says which member of all a key is, counted through the groups.
type place struct {
	key    string
	member int
}

// Layout is that of the fields which keep chooses by key; nil chooses all.
func (fs *Fields) Layout(keep func(key string) bool) *Layout {
	if keep == nil {
		return fs.layout
	}
	return layoutOf(fs.list, keep)
}

// layoutOf orders fields as they travel: a group stands where its first field
// is. The id is not in it. Keys are plain ASCII, see checkKey.
func layoutOf(list []Field, keep func(key string) bool) *Layout {
	l := &Layout{}
	at := map[string]int{} // of a group, by name
	for _, f := range list {
		name, rest, nested := strings.Cut(f.Key, ".")
		switch i, there := at[name]; {
		case f.Key == IDField || keep != nil && !keep(f.Key):
		case !nested:
			l.groups = append(l.groups, group{members: []member{{f.Key, `"` + f.Key + `":`}}})
		case there:
			l.groups[i].members = append(l.groups[i].members, member{f.Key, `"` + rest + `":`})
		default:
			at[name] = len(l.groups)
			l.groups = append(l.groups, group{opening: `,"` + name + `":{`, members: []member{{f.Key, `"` + rest + `":`}}})
		}
	}
	for _, g := range l.groups {
		for _, m := range g.members {
			l.byKey = append(l.byKey, place{m.key, len(l.byKey)})
		}
	}
	slices.SortFunc(l.byKey, func(a, b place) int { return strings.Compare(a.key, b.key) })
	return l
}

// AppendJSON writes the record as it travels: Append of the layout of the
// fields that keep chooses by key; nil chooses all.
func (r Record) AppendJSON(b []byte, fields *Fields, keep func(key string) bool) []byte {
	return fields.Layout(keep).Append(b, r)
}

// Append writes a record. Cost: one pass over the record and one over the
// layout.
func (l *Layout) Append(b []byte, r Record) []byte {
	var few [64]int // most layouts fit, and need no allocation
	entries := few[:]
	if len(l.byKey) > len(few) {
		entries = make([]int, len(l.byKey))
	}
	l.place(r, entries)
	b = append(b, `{"id":`...)
	b = appendString(b, r.ID())
	n := 0
	for i := range l.groups {
		g := &l.groups[i]
		open := false // the group's bracket
		for _, m := range g.members {
			entry := entries[n]
			if n++; entry == 0 {
				continue
			}
			if g.opening != "" && !open {
				open = true
				b = append(b, g.opening...)
			} else {
				b = append(b, ',')
			}
			b = append(b, m.label...)
			b = r.entries[entry-1].value.AppendJSON(b)
		}
		if open {
			b = append(b, '}')
		}
	}
	return append(b, '}')
}

// place notes for each member of the layout which entry of the record is its
// value, counted from 1. Both are in the order of keys.
func (l *Layout) place(r Record, entries []int) {
	at := 0
	for i := range r.entries {
		key := r.entries[i].key
		for at < len(l.byKey) && l.byKey[at].key != key && l.byKey[at].key < key {
			at++
		}
		if at == len(l.byKey) {
			return
		}
		if l.byKey[at].key == key {
			entries[l.byKey[at].member] = i + 1
			at++
		}
	}
}
