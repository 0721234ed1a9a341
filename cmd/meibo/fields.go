package main

import "meibo/dsl/schema"

type fieldsCommands struct{}

func fieldsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"fields_group": {JA: "項目を管理する。", EN: "Manage the fields."},
	}
}
