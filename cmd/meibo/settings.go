package main

import "meibo/dsl/schema"

type settingsCommands struct{}

func settingsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"settings_group": {JA: "ワークスペースの設定。", EN: "The settings of the workspace."},
	}
}
