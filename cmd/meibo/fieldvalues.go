package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

func (c *fieldsDelete) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		path := fieldPath(c.Key)
		if c.Force {
			path += "?force=true"
		}
		var gone fieldAnswer
		if err := d.do(ctx, "DELETE", path, nil, &gone); err != nil {
			return err
		}
		if len(gone.UsedBy) > 0 {
			a.tell("次のセグメントは今後エラーになります: %s", "these segments now answer an error: %s", gone.users())
		}
		if d.workspace == nil {
			a.tell("項目 %s を削除しました。値はサーバーが順に消していきます（元に戻せません）。meibo fields list に出なくなれば、同じキーをまた使えます。",
				"deleted the field %s; the server takes its values out of all records, which cannot be undone. The key can be used again once meibo fields list does not tell of it", gone.Key)
			return nil
		}
		if err := a.strip(ctx, d.workspace); err != nil {
			a.tell("項目 %s は削除しましたが、値を消し終わっていません。同じコマンドで続きができます。", "the field %s is deleted, its values are not all out yet: the same command goes on", gone.Key)
			return err
		}
		a.tell("項目 %s とそのすべての値を削除しました。元に戻せません。", "deleted the field %s and all of its values; this cannot be undone", gone.Key)
		return nil
	})
}

// strip takes the values of deleted fields out and shows how far it is.
func (a *app) strip(ctx context.Context, w *workspace) error {
	if err := a.awaitIndex(ctx, w); err != nil {
		return err
	}
	shown := a.newProgress(say("値を消しています", "taking the values out"))
	defer shown.end()
	return w.StripFields(ctx, func(l store.Leaving) { shown.set(int64(l.At), int64(l.Of), int(l.At)) })
}

// A conversion is what POST /v1/fields/{field}/convert answers.
type conversion struct {
	Field     schema.Field             `json:"field"`
	Converted int                      `json:"converted"`
	Kept      int                      `json:"kept"`
	Failed    int                      `json:"failed"`
	Failures  []service.ConvertFailure `json:"failures"`
	Untold    int                      `json:"untold"`
}

// maxRounds bounds how often a conversion that took too long for one request
// is taken up again; each round converts some 100,000 customers and more.
const maxRounds = 100

func (c *fieldsConvert) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var raw json.RawMessage
		body := map[string]any{"to": c.body(c.To), "dryRun": c.DryRun}
		err := d.do(ctx, "POST", fieldPath(c.From)+"/convert", body, &raw)
		for round := 1; service.CodeOf(err) == service.CodeTimeout && !c.DryRun && round < maxRounds; round++ {
			a.tell("続けて変換しています（%d 回目）。", "going on with the conversion (round %d)", round+1)
			err = d.do(ctx, "POST", fieldPath(c.From)+"/convert", body, &raw)
		}
		if ctx.Err() != nil && !c.DryRun {
			a.tell("変換は途中です。変換できた値は残っています。同じコマンドで続きができます。", "the conversion is not complete; what was converted stays, and the same command goes on")
		}
		if err != nil {
			return err
		}
		var done conversion
		if err := errors.Join(json.Unmarshal(raw, &done), c.tell(a, done)); err != nil {
			return err
		}
		if c.JSON {
			return a.writeIndented(raw)
		}
		rows := [][]string{{a.words(say("値", "value")), a.words(say("人数", "customers")), a.words(say("理由", "reason"))}}
		for _, f := range done.Failures {
			rows = append(rows, []string{f.Value, grouped(f.Count), a.words(f.Reason)})
		}
		if len(rows) == 1 {
			return nil
		}
		return writeColumns(a.stdout, rows)
	})
}

func (c *fieldsConvert) tell(a *app, done conversion) error {
	if c.DryRun {
		a.tell("試しました。何も変えていません。%s 人が変換でき、%s 人が変換できません。", "tried; nothing was changed: %s customers would convert, %s would not", grouped(done.Converted), grouped(done.Failed))
	} else {
		a.tell("項目 %s を作り、%s 人の値を変換しました。%s 人の値は変換できませんでした。%s の値は残っています。", "made the field %s and converted %s customers' values; %s did not convert. The values of %s stay",
			done.Field.Key, grouped(done.Converted), grouped(done.Failed), c.From)
	}
	if done.Kept > 0 {
		a.tell("%s 人には値がすでにありました。", "%s customers had a value already", grouped(done.Kept))
	}
	if done.Untold > 0 {
		a.tell("下にない値の人がほかに %s 人います。", "%s more customers have values that are not below", grouped(done.Untold))
	}
	return nil
}

// writeFields shows fields in a table: what is not usual of each last.
func (a *app) writeFields(fields []schema.Field) error {
	rows := [][]string{{a.words(say("キー", "key")), a.words(say("種類", "kind")), a.words(say("表示名", "label")), a.words(say("状態", "state"))}}
	for _, f := range fields {
		kind := f.Kind.String()
		if f.Format != "" {
			kind += " (" + string(f.Format) + ")"
		}
		rows = append(rows, []string{f.Key, kind, a.words(f.Labels), a.stateOf(f)})
	}
	return writeColumns(a.stdout, rows)
}

func (a *app) stateOf(f schema.Field) string {
	var state []string
	add := func(when bool, ja, en string, args ...any) {
		if when {
			state = append(state, a.words(say(ja, en, args...)))
		}
	}
	add(f.Hidden, "非表示", "hidden")
	add(f.Archived, "アーカイブ", "archived")
	add(f.Write == schema.WriteOnce, "最初の値のみ", "first value stays")
	add(len(f.Roles) > 0, "owner と %s だけ", "for owner, %s", joined(f.Roles))
	add(len(f.Choices) > 0, "選択肢 %d 個", "%d choices", len(f.Choices))
	return joined(state)
}

// writeIndented writes a value as JSON for a program or a person.
func (a *app) writeIndented(value any) error {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, string(body))
	return err
}
