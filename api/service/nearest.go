package service

import (
	"strings"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// nearestField is the field that a key may have meant. It asks the language,
// so that a body and a filter suggest the same: the key is checked as a path
// in backticks, which may be any word.
func nearestField(key string, fields *schema.Fields) (string, bool) {
	if key == "" || len(key) > 2*schema.MaxKeyLength || strings.ContainsAny(key, "`\n\r\\") {
		return "", false
	}
	_, diagnostics := dsl.Compile("`"+strings.ReplaceAll(key, ".", "`.`")+"` IS SET", dsl.Env{Fields: fields})
	for _, d := range diagnostics {
		if d.Code == string(CodeUnknownField) && len(d.Expected) > 0 {
			return d.Expected[0], true
		}
	}
	return "", false
}
