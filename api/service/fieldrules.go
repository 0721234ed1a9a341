package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"meibo/dsl/schema"
	"meibo/store"
)

// Bounds of what people write about a field, in characters.
const (
	MaxFieldLabel       = 100
	MaxFieldDescription = 1000
	MaxChoices          = 100
	MaxChoiceLength     = 64
)

// Codes of what is wrong with a field's definition.
const (
	codeBadKey      = "bad_key"
	codeBadKind     = "bad_kind"
	codeKindFixed   = "kind_fixed"
	codeBadFormat   = "bad_format"
	codeBadLabel    = "bad_label"
	codeBadChoices  = "bad_choices"
	codeBadRole     = "bad_role"
	codeNotForID    = "not_for_id"
	codeNoPrimitive = "primitive"
)

// A faultList gathers everything that is wrong with a body.
type faultList []schema.ValueError

func (l *faultList) add(field, code, ja, en string, args ...any) {
	words := schema.Words{JA: ja, EN: en}
	if len(args) > 0 {
		words = schema.Words{JA: fmt.Sprintf(ja, args...), EN: fmt.Sprintf(en, args...)}
	}
	*l = append(*l, schema.ValueError{Field: field, Code: code, Message: words})
}

// kind reads a kind's name; without one, and one that is none, it is None.
func (l *faultList) kind(name string) schema.Kind {
	kind, err := schema.ParseKind(name)
	if err != nil {
		l.add("kind", codeBadKind, "kind は Boolean、String、Number、Date、List のどれかです。「%s」はありません。",
			"kind is one of Boolean, String, Number, Date, List, not %q", excerptOf(name))
	}
	return kind
}

// initialKind holds a field that every workspace starts with to its kind.
func (l *faultList) initialKind(first schema.Field, kind schema.Kind) {
	if kind != first.Kind && kind != schema.None {
		l.add("kind", codeKindFixed, "%s の種類は %s に決まっています（最初からある項目です）。", "%s is a %s in every workspace", first.Key, first.Kind)
	}
}

// field checks a definition as it would stand.
func (l *faultList) field(f schema.Field) {
	l.format(f)
	l.text("labels.ja", f.Labels.JA, MaxFieldLabel)
	l.text("labels.en", f.Labels.EN, MaxFieldLabel)
	l.text("description.ja", f.Description.JA, MaxFieldDescription)
	l.text("description.en", f.Description.EN, MaxFieldDescription)
	l.choices(f)
	l.roles(f)
	if f.Key == schema.IDField && f.Hidden {
		l.add("hidden", codeNotForID, "id は非表示にできません。", "id cannot be hidden: every answer names customers by it")
	}
}

func (l *faultList) format(f schema.Field) {
	switch f.Format {
	case "":
	case schema.FormatPhone, schema.FormatEmail, schema.FormatURL, schema.FormatVersion:
		if f.Kind != schema.String && f.Kind != schema.None {
			l.add("format", codeBadFormat, "format は種類が String の項目にだけ付けられます（この項目は %s です）。", "a format is for fields of kind String only; this one is a %s", f.Kind)
		}
	default:
		l.add("format", codeBadFormat, "format は phone、email、url、version のどれかです。「%s」はありません。", "format is one of phone, email, url, version, not %q", excerptOf(string(f.Format)))
	}
}

func (l *faultList) text(field, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		l.add(field, codeBadLabel, "%s は %d 文字までです（%d 文字あります）。", "%s has at most %d characters, not %d", field, most, n)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		l.add(field, codeBadLabel, "%s に制御文字は使えません。", "%s is text without control characters", field)
	}
}

func (l *faultList) choices(f schema.Field) {
	if len(f.Choices) == 0 {
		return
	}
	if f.Kind != schema.List && f.Kind != schema.None {
		l.add("choices", codeBadChoices, "選択肢は種類が List の項目にだけ付けられます（この項目は %s です）。", "choices are for fields of kind List only; this one is a %s", f.Kind)
	}
	if n := len(f.Choices); n > MaxChoices {
		l.add("choices", codeBadChoices, "選択肢は %d 個までです（%d 個あります）。", "a field has at most %d choices, not %d", MaxChoices, n)
		return
	}
	seen := map[string]string{}
	for i, choice := range f.Choices {
		at, folded := fmt.Sprintf("choices[%d]", i), schema.Fold(choice)
		n := utf8.RuneCountInString(choice)
		switch first, twice := seen[folded]; {
		case folded == "" || n > MaxChoiceLength || !utf8.ValidString(choice):
			l.add(at, codeBadChoices, "選択肢「%s」は 1～%d 文字の文字列ではありません。", "the choice %q is not a text of 1 to %d characters", excerptOf(choice), MaxChoiceLength)
		case twice:
			l.add(at, codeBadChoices, "選択肢「%s」は「%s」と同じ値として扱われます。", "the choice %q counts as the same as %q", excerptOf(choice), excerptOf(first))
		default:
			seen[folded] = choice
		}
	}
}

// restrictable are the roles that a field can be for. Owners see every field:
// to name owner alone keeps it from all others.
func restrictable() []string {
	return []string{RoleOwner, RoleManager, RoleViewer, RoleService, RolePublishable}
}

func (l *faultList) roles(f schema.Field) {
	if f.Key == schema.IDField && len(f.Roles) > 0 {
		l.add("roles", codeNotForID, "id は役割で制限できません。", "id cannot be restricted: every answer names customers by it")
	}
	for i, role := range f.Roles {
		at := fmt.Sprintf("roles[%d]", i)
		switch {
		case !slices.Contains(restrictable(), role):
			l.add(at, codeBadRole, "「%s」という役割はありません。%s のどれかです。", "there is no role %q; one of %s", excerptOf(role), strings.Join(restrictable(), ", "))
		case slices.Contains(f.Roles[:i], role):
			l.add(at, codeBadRole, "%s が 2 回あります。", "%s stands there twice", role)
		}
	}
}

// newKey checks a key that is to be a new field's. The refusal, where there
// is one, is for a key that could be used but is taken.
func (l *faultList) newKey(field, key string, fields *schema.Fields, leaving []string) *Error {
	if err := schema.CheckProfileKey(key); err != nil {
		l.add(field, codeBadKey, "キー「%s」は使えません。profile. で始め、その後に、英字で始まる %d 文字までの英数字と _ を書いてください。",
			"the key %q cannot be used: it begins with profile., followed by ASCII letters, digits and _, a letter first, at most %d of them", excerptOf(key), schema.MaxKeyLength)
		return nil
	}
	if taken, ok := fields.LookupAnyCase(key); ok {
		if taken.Key == key {
			return refuse(CodeExists, "項目 "+key+" はすでにあります。", "there is a field "+key+" already")
		}
		return refuse(CodeExists, fmt.Sprintf("キー %s は項目 %s が使っています。大文字と小文字は区別しません。別のキーにしてください。", key, taken.Key),
			fmt.Sprintf("the key %s is taken by the field %s (upper and lower case count as the same); use another", key, taken.Key))
	}
	if slices.ContainsFunc(leaving, func(k string) bool { return strings.EqualFold(k, key) }) {
		return refuseLeaving(&store.LeavingError{Key: key})
	}
	return nil
}

// refuseFieldStore tells the store's own refusals of a field's change.
func refuseFieldStore(err error) error {
	var leaving *store.LeavingError
	var many *store.TooManyFieldsError
	switch {
	case errors.As(err, &leaving):
		return refuseLeaving(leaving)
	case errors.As(err, &many):
		return &Error{Code: CodeTooManyFields, Message: many.Words(), cause: err}
	}
	return refuseStore(err)
}

func refuseLeaving(err *store.LeavingError) *Error {
	return &Error{Code: CodeExists, Message: err.Words(), cause: err}
}

func excerptOf(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
