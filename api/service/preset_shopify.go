package service

import "meibo/dsl/schema"

// shopifyCustomers is the customer export of Shopify's admin. Customer IDs,
// postal codes and phone numbers have an apostrophe in it.
func shopifyCustomers() preset {
	text := func(key, ja, en string) schema.Field { return presetField(key, schema.String, ja, en) }
	address := func(key, header, ja string) presetColumn {
		return presetColumn{key: key, headers: []string{"Default Address " + header, header}, rule: withoutQuote,
			field: text("profile."+key, ja, header)}
	}
	phone := text("profile.addressPhone", "住所の電話番号", "Address phone")
	phone.Format = schema.FormatPhone
	return preset{
		name:  "shopify",
		label: schema.Words{JA: "Shopify の顧客エクスポート", EN: "Shopify customer export"},
		matches: func(known map[string]bool) bool {
			return known["firstName"] && known["lastName"] && known["email"] && known["acceptsEmail"]
		},
		columns: []presetColumn{
			{key: "id", headers: []string{"Customer ID"}, rule: withoutQuote, own: schema.MemberIDField,
				field: text("profile.shopifyCustomerId", "Shopify の顧客ID", "Shopify customer ID")},
			{key: "firstName", headers: []string{"First Name"}, field: schema.Field{Key: schema.ProfileNameField}, own: schema.NameField},
			{key: "lastName", headers: []string{"Last Name"}, field: text("profile.lastName", "姓", "Last name")},
			{key: "email", headers: []string{"Email"}, field: schema.Field{Key: schema.EmailField}},
			{key: "acceptsEmail", headers: []string{"Accepts Email Marketing", "Accepts Marketing"}, field: schema.Field{Key: "unsubscribeEmail"}, rule: optOut},
			{key: "acceptsSMS", headers: []string{"Accepts SMS Marketing"}, field: schema.Field{Key: "unsubscribeTexting"}, rule: optOut},
			{key: "acceptsWhatsApp", headers: []string{"Accepts WhatsApp Marketing"}, rule: yesNo,
				field: presetField("profile.acceptsWhatsApp", schema.Boolean, "WhatsApp 受信可", "Accepts WhatsApp marketing")},
			address("company", "Company", "会社名"),
			address("address1", "Address1", "住所1"),
			address("address2", "Address2", "住所2"),
			{key: "city", headers: []string{"Default Address City", "City"}, field: text("profile.city", "市区町村", "City")},
			address("provinceCode", "Province Code", "都道府県コード"),
			address("countryCode", "Country Code", "国コード"),
			address("zip", "Zip", "郵便番号"),
			{key: "addressPhone", headers: []string{"Default Address Phone"}, field: phone, rule: withoutQuote},
			{key: "phone", headers: []string{"Phone"}, field: schema.Field{Key: schema.MobileNumberField}, rule: withoutQuote},
			{key: "totalSpent", headers: []string{"Total Spent"}, field: presetField("profile.totalSpent", schema.Number, "合計購入金額", "Total spent")},
			{key: "totalOrders", headers: []string{"Total Orders"}, field: presetField("profile.totalOrders", schema.Number, "注文数", "Total orders")},
			{key: "note", headers: []string{"Note"}, field: schema.Field{Key: "profile.description"}},
			{key: "taxExempt", headers: []string{"Tax Exempt"}, rule: yesNo, field: presetField("profile.taxExempt", schema.Boolean, "免税", "Tax exempt")},
			{key: "tags", headers: []string{"Tags"}, field: schema.Field{Key: schema.TagsField}},
		},
	}
}

// presetField is a field that a preset creates where it is not there.
func presetField(key string, kind schema.Kind, ja, en string) schema.Field {
	return schema.Field{Key: key, Kind: kind, Labels: schema.Words{JA: ja, EN: en}, Write: schema.WriteManager}
}
