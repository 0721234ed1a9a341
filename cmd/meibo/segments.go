package main

import "meibo/dsl/schema"

type segmentsCommands struct{}

func segmentsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"segments_group": {JA: "セグメントを管理する。", EN: "Manage the segments."},
	}
}
