package indextest

import "meibo/dsl/schema"

// Fields are those that random records and expressions use: the initial ones
// and a few profile fields, so that every kind and format occurs, and keys that
// are words of the language.
func Fields() *schema.Fields {
	initial, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		panic("indextest: the initial fields: " + err.Error()) // a fault of the build
	}
	fields, err := initial.With(
		schema.Field{Key: "profile.text", Kind: schema.String},
		schema.Field{Key: "profile.in", Kind: schema.String},
		schema.Field{Key: "profile.amount", Kind: schema.Number},
		schema.Field{Key: "profile.flag", Kind: schema.Boolean},
		schema.Field{Key: "profile.date", Kind: schema.Date},
		schema.Field{Key: "profile.labels", Kind: schema.List},
		schema.Field{Key: "profile.phone", Kind: schema.String, Format: schema.FormatPhone},
		schema.Field{Key: "profile.release", Kind: schema.String, Format: schema.FormatVersion},
	)
	if err != nil {
		panic("indextest: the extra fields: " + err.Error())
	}
	return fields
}

// used are the fields that random records have values in; more would only make
// matches rarer.
func used() []string {
	return []string{
		schema.NameField, schema.MemberIDField, schema.MemberField, schema.TagsField, "city",
		schema.LastSeenField, schema.CreatedAtField, "sessionsCount", "web.sessionsCount", "web.device",
		"mobile.appVersion", schema.EmailField, schema.MobileNumberField, schema.ProfileNameField,
		"profile.text", "profile.in", "profile.amount", "profile.flag", "profile.date", "profile.labels",
		"profile.phone", "profile.release",
	}
}
