package bleveindex

import "meibo/dsl/schema"

// firstColumns are what the console's first page and quick search read.
func firstColumns() []string {
	names := []string{idName, formOrder + idName, formOrder + prefixDate + schema.LastSeenField, idRowsName}
	for _, key := range schema.QuickFields() {
		names = append(names, formPlain+prefixText+key)
	}
	return append(names, prefixPhone+schema.MobileNumberField)
}
