package service

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// An AuditChange is one difference between what was and what is.
type AuditChange struct {
	Path   string          `json:"path" doc:"Names of members with dots between them: labels.ja."`
	Before json.RawMessage `json:"before" doc:"null: there was none."`
	After  json.RawMessage `json:"after" doc:"null: there is none."`
}

// auditChanges compares two values member by member, as deep as both have
// members; lists are compared whole. There are none where one value is missing.
func auditChanges(before, after json.RawMessage) []AuditChange {
	changes := []AuditChange{}
	if before != nil && after != nil {
		changes = differences(changes, "", before, after)
	}
	return changes
}

func differences(into []AuditChange, path string, before, after json.RawMessage) []AuditChange {
	if bytes.Equal(before, after) {
		return into
	}
	was, is := membersOf(before), membersOf(after)
	if was == nil || is == nil {
		return append(into, AuditChange{path, before, after})
	}
	names := maps.Clone(was)
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		below := name
		if path != "" {
			below = path + "." + name
		}
		into = differences(into, below, was[name], is[name])
	}
	return into
}

// membersOf are those of a JSON object; nil for anything else.
func membersOf(raw json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	return members
}
