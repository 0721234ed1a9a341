package main

import "meibo/dsl/schema"

type customerCommands struct{}

func customerHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"customer_group": {JA: "顧客 1 人を見る、変更する。", EN: "Show or change one customer."},
	}
}
