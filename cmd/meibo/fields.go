package main

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// fieldsCommands manage the workspace's fields.
type fieldsCommands struct {
	List    fieldsList    `cmd:"" help:"fields_list"`
	Add     fieldsAdd     `cmd:"" help:"fields_add"`
	Set     fieldsSet     `cmd:"" help:"fields_set"`
	Order   fieldsOrder   `cmd:"" help:"fields_order"`
	Delete  fieldsDelete  `cmd:"" help:"fields_delete"`
	Convert fieldsConvert `cmd:"" help:"fields_convert"`
}

type fieldsList struct {
	Format string `enum:"table,json" default:"table" help:"fields_output"`
}

// definition is what add and convert say of a new field.
type definition struct {
	Kind          string   `required:"" placeholder:"KIND" help:"fields_kind"`
	Format        string   `placeholder:"FORMAT" help:"fields_format"`
	LabelJA       string   `name:"label-ja" placeholder:"TEXT" help:"fields_label_ja"`
	LabelEN       string   `name:"label-en" placeholder:"TEXT" help:"fields_label_en"`
	DescriptionJA string   `name:"description-ja" placeholder:"TEXT" help:"fields_description_ja"`
	DescriptionEN string   `name:"description-en" placeholder:"TEXT" help:"fields_description_en"`
	Choices       []string `placeholder:"A,B" help:"fields_choices"`
	Roles         []string `placeholder:"ROLE,ROLE" help:"fields_roles"`
}

type fieldsAdd struct {
	Key string `arg:"" help:"fields_new_key"`
	definition
}

type fieldsSet struct {
	Key           string   `arg:"" help:"fields_key"`
	Kind          *string  `placeholder:"KIND" help:"fields_set_kind"`
	Format        *string  `placeholder:"FORMAT" help:"fields_set_format"`
	LabelJA       *string  `name:"label-ja" placeholder:"TEXT" help:"fields_label_ja"`
	LabelEN       *string  `name:"label-en" placeholder:"TEXT" help:"fields_label_en"`
	DescriptionJA *string  `name:"description-ja" placeholder:"TEXT" help:"fields_description_ja"`
	DescriptionEN *string  `name:"description-en" placeholder:"TEXT" help:"fields_description_en"`
	Hide          bool     `xor:"hidden" help:"fields_hide"`
	Show          bool     `xor:"hidden" help:"fields_show"`
	Archive       bool     `xor:"archived" help:"fields_archive"`
	Restore       bool     `xor:"archived" help:"fields_restore"`
	Choices       []string `xor:"choices" placeholder:"A,B" help:"fields_choices"`
	NoChoices     bool     `xor:"choices" help:"fields_no_choices"`
	Roles         []string `xor:"roles" placeholder:"ROLE,ROLE" help:"fields_roles"`
	Everybody     bool     `xor:"roles" help:"fields_everybody"`
	Force         bool     `help:"fields_force"`
}

type fieldsOrder struct {
	Keys   []string `arg:"" name:"key" help:"fields_order_keys"`
	Before string   `xor:"where" placeholder:"KEY" help:"fields_order_before"`
	After  string   `xor:"where" placeholder:"KEY" help:"fields_order_after"`
}

type fieldsDelete struct {
	Key   string `arg:"" help:"fields_key"`
	Force bool   `help:"fields_force"`
}

type fieldsConvert struct {
	From string `arg:"" help:"fields_from"`
	To   string `arg:"" help:"fields_to"`
	definition
	DryRun bool `help:"fields_dry"`
	JSON   bool `name:"json" help:"fields_json"`
}

// fieldsAnswer is what GET /v1/fields says.
type fieldsAnswer struct {
	Fields   []schema.Field `json:"fields"`
	Deleting []struct {
		Key  string `json:"key"`
		Done int    `json:"done"`
		Of   int    `json:"of"`
	} `json:"deleting"`
}

// fieldAnswer is a field after a change.
type fieldAnswer struct {
	schema.Field
	UsedBy []struct {
		Key string `json:"key"`
	} `json:"usedBy"`
}

func (f fieldAnswer) users() string {
	var keys []string
	for _, u := range f.UsedBy {
		keys = append(keys, u.Key)
	}
	return strings.Join(keys, ", ")
}

func fieldPath(key string) string { return "/v1/fields/" + url.PathEscape(key) }

// profileKey lets people leave out what every new key begins with.
func profileKey(key string) string {
	if strings.Contains(key, ".") {
		return key
	}
	return schema.ProfilePrefix + key
}

func (c *fieldsList) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer fieldsAnswer
		if err := d.do(ctx, "GET", "/v1/fields", nil, &answer); err != nil {
			return err
		}
		for _, l := range answer.Deleting {
			a.tell("%s は削除の途中です（%s / %s 人）。", "%s is being deleted (%s of %s customers)", l.Key, grouped(l.Done), grouped(l.Of))
		}
		if c.Format == "json" {
			return a.writeIndented(answer.Fields)
		}
		return a.writeFields(answer.Fields)
	})
}

func (d definition) body(key string) map[string]any {
	return map[string]any{"key": profileKey(key), "kind": d.Kind, "format": d.Format, "labels": map[string]any{"ja": d.LabelJA, "en": d.LabelEN},
		"description": map[string]any{"ja": d.DescriptionJA, "en": d.DescriptionEN}, "choices": orNone(d.Choices), "roles": orNone(d.Roles)}
}

func orNone(list []string) []string { return append([]string{}, list...) }

func (c *fieldsAdd) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var added fieldAnswer
		if err := d.do(ctx, "POST", "/v1/fields", c.body(c.Key), &added); err != nil {
			return err
		}
		a.tell("項目 %s を追加しました。並び順の最後にあります。", "added the field %s, at the end of the order", added.Key)
		return a.writeFields([]schema.Field{added.Field})
	})
}

func (c *fieldsSet) run(ctx context.Context, a *app, at place) error {
	body := c.body()
	if len(body) == 0 {
		return misused("変更する内容がありません。--label-ja や --hide などを付けてください。", "nothing to change: give --label-en, --hide or another flag")
	}
	return a.withDesk(at, func(d *desk) error {
		var changed fieldAnswer
		path := fieldPath(c.Key)
		if c.Force {
			path += "?force=true"
		}
		if err := d.do(ctx, "PATCH", path, body, &changed); err != nil {
			return err
		}
		c.tell(a, changed)
		return a.writeFields([]schema.Field{changed.Field})
	})
}

func (c *fieldsSet) body() map[string]any {
	body := map[string]any{}
	put := func(group map[string]any, name string, text *string) {
		if text != nil {
			group[name] = *text
		}
	}
	flag := func(name string, on, off bool) {
		if on || off {
			body[name] = on
		}
	}
	list := func(name string, list []string, none bool) {
		if list != nil || none {
			body[name] = orNone(list)
		}
	}
	labels, description := map[string]any{}, map[string]any{}
	put(body, "kind", c.Kind)
	put(body, "format", c.Format)
	put(labels, "ja", c.LabelJA)
	put(labels, "en", c.LabelEN)
	put(description, "ja", c.DescriptionJA)
	put(description, "en", c.DescriptionEN)
	if len(labels) > 0 {
		body["labels"] = labels
	}
	if len(description) > 0 {
		body["description"] = description
	}
	flag("hidden", c.Hide, c.Show)
	flag("archived", c.Archive, c.Restore)
	list("choices", c.Choices, c.NoChoices)
	list("roles", c.Roles, c.Everybody)
	return body
}

// tell says what follows from a change.
func (c *fieldsSet) tell(a *app, f fieldAnswer) {
	switch {
	case c.Hide && f.Collects():
		a.tell("%s は今後どこにも表示されません。動作に必要な項目なので、値はこれからも記録されます。--show で元に戻せます。",
			"%s is shown nowhere from now on; the rules go by it, so it is still kept; --show brings it back", f.Key)
	case c.Hide:
		a.tell("%s は今後収集されず、どこにも表示されません。保存済みの値は残り、--show で元に戻せます。",
			"%s is not collected from now on and shown nowhere; what is stored stays, and --show brings it back", f.Key)
	case c.Show:
		a.tell("%s はまた収集され、表示されます。", "%s is collected and shown again", f.Key)
	}
	switch {
	case c.Archive:
		a.tell("%s は会話の横には表示されません。収集、検索、表への表示は続きます。--restore で元に戻せます。",
			"%s is not shown beside a chat; it is still collected, searchable and in the table; --restore brings it back", f.Key)
	case c.Restore:
		a.tell("%s は会話の横にも表示されます。", "%s is shown beside a chat again", f.Key)
	}
	if len(f.UsedBy) > 0 {
		a.tell("次のセグメントは今後エラーになります: %s", "these segments now answer an error: %s", f.users())
	}
	if len(f.Roles) > 0 && c.Roles != nil {
		a.tell("%s を見られるのは owner と %s だけです。ほかの役割には、検索でも表示でも存在しない項目になります。",
			"only owners and %[2]s see %[1]s; for other roles it does not exist, in searches and in answers", f.Key, strings.Join(f.Roles, ", "))
	}
}

func (c *fieldsOrder) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer fieldsAnswer
		if err := d.do(ctx, "GET", "/v1/fields", nil, &answer); err != nil {
			return err
		}
		order, err := c.order(answer.Fields)
		if err != nil {
			return err
		}
		if err := d.do(ctx, "PUT", "/v1/fields/order", map[string]any{"keys": order}, &answer); err != nil {
			return err
		}
		a.tell("並び順を保存しました。表、パネル、絞り込みの一覧に共通です。", "saved the order; it is that of the table, the panel and the lists of filters")
		return a.writeFields(answer.Fields)
	})
}

// order moves the named keys together: to the front, or beside another one.
// All others stay in their order. Keys that are no fields are passed on, for
// the server to tell what was meant.
func (c *fieldsOrder) order(fields []schema.Field) ([]string, error) {
	beside := c.Before + c.After
	if slices.Contains(c.Keys, beside) {
		return nil, misused("%s をそれ自身の隣に動かすことはできません。", "%s cannot be moved beside itself", beside)
	}
	var rest []string
	for _, f := range fields {
		if !slices.Contains(c.Keys, f.Key) {
			rest = append(rest, f.Key)
		}
	}
	at := 0
	if beside != "" {
		if at = slices.Index(rest, beside); at < 0 {
			return append(append([]string{beside}, c.Keys...), rest...), nil // the server names the nearest
		}
		if c.After != "" {
			at++
		}
	}
	return slices.Insert(rest, at, c.Keys...), nil
}
