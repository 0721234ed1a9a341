package main

import (
	"meibo/api/service"
	"meibo/dsl/schema"
)

// showImport makes an import of this process tell its progress.
func (a *app) showImport(r *service.ImportRequest) *importProgress {
	p := &importProgress{a: a}
	r.Progress = p.tell
	return p
}

// importProgress shows each stage of an import in turn.
type importProgress struct {
	a     *app
	stage string
	shown *progress
}

func (p *importProgress) tell(i service.ImportProgress) {
	if i.Stage != p.stage {
		p.end()
		p.stage, p.shown = i.Stage, p.a.newProgress(stageWords(i.Stage))
	}
	p.shown.set(i.Bytes, i.Total, i.Rows)
}

func (p *importProgress) end() {
	if p.shown != nil {
		p.shown.end()
	}
}

func stageWords(stage string) schema.Words {
	switch stage {
	case service.StageInfer:
		return say("項目の種類を調べています", "inferring kinds")
	case service.StageIndex:
		return say("検索インデックスに反映しています", "waiting for the index")
	}
	return say("取り込んでいます", "importing")
}
