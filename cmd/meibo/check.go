package main

import (
	"context"
	"errors"
)

// check verifies a data folder that nobody else is using.
func (a *app) check(ctx context.Context, at place) (err error) {
	if at.server != "" {
		return misused("check に --server は使えません。", "check takes --data, not --server")
	}
	w, err := a.openWorkspace(at.data, false, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.store.Check(ctx); err != nil {
		return err
	}
	if err := a.awaitIndex(ctx, w); err != nil {
		return err
	}
	answer, err := w.CompareIndex(ctx)
	if err != nil {
		return err
	}
	if answer.Missing+answer.Extra > 0 {
		return failed("顧客 %s 人のうち %s 人がインデックスになく、インデックスだけに %s 人います。フォルダー %s/index を消すと作り直されます。",
			"of %s customers the index lacks %s, and has %s that do not exist; remove the folder %s/index to have it built anew",
			grouped(answer.Customers), grouped(answer.Missing), grouped(answer.Extra), at.data)
	}
	a.tell("問題ありません（顧客 %s 人、seq %d）。", "all is well: %s customers, seq %d", grouped(answer.Customers), answer.Seq)
	return nil
}
