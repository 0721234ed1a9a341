package service

import (
	"fmt"
	"strings"

	"meibo/dsl/schema"
	"meibo/index"
)

// readSort reads "-lastSeenAt,name": keys by comma, each with - in front for
// the largest first. Empty text is the default order.
func readSort(text string, fields *schema.Fields) ([]index.SortKey, error) {
	if strings.TrimSpace(text) == "" {
		return defaultSort(fields), nil
	}
	var keys []index.SortKey
	for part := range strings.SplitSeq(text, ",") {
		name, desc := strings.CutPrefix(strings.TrimSpace(part), "-")
		f, ok := fields.Lookup(name)
		switch {
		case !ok:
			return nil, refuseField(name, "sort", fields)
		case f.Kind == schema.List:
			return nil, refuseParameter("sort", schema.CodeWrongKind,
				f.Key+" はリストなので並べ替えに使えません。", f.Key+" is a list: nothing can be sorted by it")
		}
		keys = append(keys, index.SortKey{Field: f.Key, Kind: f.Kind, Desc: desc})
	}
	if len(keys) > index.MaxSortKeys {
		return nil, refuseParameter("sort", "too_many",
			fmt.Sprintf("並べ替えの項目は %d 個までです。", index.MaxSortKeys), fmt.Sprintf("at most %d keys to sort by", index.MaxSortKeys))
	}
	return keys, nil
}

// defaultSort is the latest seen first; for whoever may not see when that was,
// the order of the ids, which tells nothing of it.
func defaultSort(fields *schema.Fields) []index.SortKey {
	if _, ok := fields.Lookup(schema.LastSeenField); !ok {
		return nil
	}
	return []index.SortKey{{Field: schema.LastSeenField, Kind: schema.Date, Desc: true}}
}

// chosenFields reads the names of a request's fields: a key, or a group
// ("profile") for all of its fields. nil means all. The id always travels.
func chosenFields(names []string, fields *schema.Fields) (map[string]bool, error) {
	if names == nil {
		return nil, nil
	}
	chosen := map[string]bool{}
	for _, name := range names {
		known := false
		for f := range fields.All() {
			if f.Key == name || strings.HasPrefix(f.Key, name+".") {
				chosen[f.Key], known = true, true
			}
		}
		if !known {
			return nil, refuseField(name, "fields", fields)
		}
	}
	return chosen, nil
}

// refuseField is unknown_field for a name in a parameter.
func refuseField(name, parameter string, fields *schema.Fields) error {
	v := UnknownField(name, fields)
	return &Error{Code: CodeUnknownField, Message: schema.Words{JA: parameter + ": " + v.Message.JA, EN: parameter + ": " + v.Message.EN},
		Values: []schema.ValueError{v}}
}
