package main

import "meibo/dsl/schema"

func fieldsHelp() map[string]schema.Words {
	return map[string]schema.Words{
		"fields_group":   {JA: "項目を管理する。", EN: "Manage the fields."},
		"fields_list":    {JA: "項目を並び順に表示する。", EN: "List the fields in their order."},
		"fields_add":     {JA: "プロフィール項目を追加する。", EN: "Add a profile field."},
		"fields_set":     {JA: "項目の表示名、形式、表示などを変える。", EN: "Change a field: labels, format, hidden, archived, choices, roles."},
		"fields_order":   {JA: "項目の並び順を変える。挙げた項目をその順に先頭か、別の項目の隣に動かす。", EN: "Change the order: move these fields, in this order, to the front or beside another one."},
		"fields_delete":  {JA: "プロフィール項目を、全員の値とともに削除する。元に戻せない。", EN: "Delete a profile field with everybody's values, for good."},
		"fields_convert": {JA: "ある項目の値から、種類の違う新しい項目を作る。元の値は残る。", EN: "Make a field of another kind from a field's values, which stay."},

		"fields_output":  {JA: "出力の形式（table、json）。", EN: "table or json."},
		"fields_json":    {JA: "結果を JSON で表示する。", EN: "Print the result as JSON."},
		"fields_key":     {JA: "項目のキー（profile.plan など）。", EN: "The field's key, as in profile.plan."},
		"fields_new_key": {JA: "新しいキー。英字で始まる英数字と _ で 64 文字まで。profile. は省略できる。", EN: "The new key: letters, digits and _, a letter first, at most 64; profile. may be left out."},
		"fields_from":    {JA: "値を読む項目のキー。", EN: "The field whose values are read."},
		"fields_to":      {JA: "作る項目のキー。profile. は省略できる。", EN: "The key of the field to make; profile. may be left out."},
		"fields_dry":     {JA: "結果だけを調べ、何も変えない。", EN: "Tell what would come of it and change nothing."},

		"fields_kind":           {JA: "種類（Boolean、String、Number、Date、List）。", EN: "Boolean, String, Number, Date or List."},
		"fields_set_kind":       {JA: "種類。どの顧客にも値がない間だけ変えられる。", EN: "The kind; it changes only while no customer has a value."},
		"fields_format":         {JA: "String の形式（phone、email、url、version）。", EN: "Of a String: phone, email, url or version."},
		"fields_set_format":     {JA: "String の形式（phone、email、url、version）。--format= で外す。", EN: "Of a String: phone, email, url or version; --format= takes it away."},
		"fields_label_ja":       {JA: "日本語の表示名。", EN: "The label in Japanese."},
		"fields_label_en":       {JA: "英語の表示名。", EN: "The label in English."},
		"fields_description_ja": {JA: "日本語の説明。", EN: "The description in Japanese."},
		"fields_description_en": {JA: "英語の説明。", EN: "The description in English."},
		"fields_choices":        {JA: "List の選択肢。カンマ区切り。", EN: "The elements that a List offers, by comma."},
		"fields_no_choices":     {JA: "選択肢をなくす。", EN: "Offer no choices any more."},
		"fields_roles":          {JA: "owner のほかに見られる役割（manager、viewer、service、publishable）。owner だけを書けば、ほかの役割には見えない。owner だけが変えられる。", EN: "Roles that see it beside owners (manager, viewer, service, publishable); owner: nobody else. For owners to set."},
		"fields_everybody":      {JA: "全員が見られるようにする。", EN: "Let everybody see it."},
		"fields_hide":           {JA: "非表示にする。今後は収集せず、どこにも表示しない。", EN: "Hide it: not collected from now on, shown nowhere."},
		"fields_show":           {JA: "表示に戻す。", EN: "Show it again."},
		"fields_archive":        {JA: "アーカイブする。会話の横に表示しない。", EN: "Archive it: not shown beside a chat."},
		"fields_restore":        {JA: "アーカイブから戻す。", EN: "Take it out of the archive."},
		"fields_force":          {JA: "セグメントが使っていても行う。", EN: "Do it though segments use the field."},
		"fields_order_keys":     {JA: "動かす項目のキー。", EN: "Keys of the fields to move."},
		"fields_order_before":   {JA: "この項目の前に動かす。", EN: "Move them before this field."},
		"fields_order_after":    {JA: "この項目の後に動かす。", EN: "Move them behind this field."},
	}
}
