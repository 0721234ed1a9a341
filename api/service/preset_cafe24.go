package service

import "meibo/dsl/schema"

// cafe24Members is the member list of a Cafe24 shop. The shop chooses which
// columns it has, so it is recognised by what such lists call a member's level
// and by enough other columns, in Korean, Japanese or English.
func cafe24Members() preset {
	phone := presetField("profile.phone", schema.String, "電話番号", "Phone")
	phone.Format = schema.FormatPhone
	number := func(key, ja, en string, headers ...string) presetColumn {
		return presetColumn{key: key, headers: headers, field: presetField("profile."+key, schema.Number, ja, en)}
	}
	text := func(key, ja, en string, headers ...string) presetColumn {
		return presetColumn{key: key, headers: headers, field: presetField("profile."+key, schema.String, ja, en), rule: withoutQuote}
	}
	date := func(key, ja, en string, headers ...string) presetColumn {
		return presetColumn{key: key, headers: headers, field: presetField("profile."+key, schema.Date, ja, en)}
	}
	return preset{
		name:  "cafe24",
		label: schema.Words{JA: "Cafe24 の会員リスト", EN: "Cafe24 member list"},
		matches: func(known map[string]bool) bool {
			return known["memberLevel"] && known["name"] && len(known) >= 5
		},
		columns: []presetColumn{
			{key: "id", headers: []string{"아이디", "회원아이디", "회원 ID", "会員ID", "ID", "Member ID", "User ID"}, own: schema.MemberIDField, rule: withoutQuote,
				field: presetField("profile.cafe24Id", schema.String, "Cafe24 の会員ID", "Cafe24 member ID")},
			{key: "name", headers: []string{"이름", "회원명", "名前", "氏名", "会員名", "Name", "Customer name"}, field: schema.Field{Key: schema.ProfileNameField}, own: schema.NameField},
			{key: "email", headers: []string{"이메일", "이메일 주소", "メールアドレス", "メール", "Email", "Email address"}, field: schema.Field{Key: schema.EmailField}},
			{key: "mobile", headers: []string{"휴대폰번호", "휴대폰", "휴대전화", "휴대전화번호", "携帯電話番号", "携帯電話", "携帯番号", "Mobile", "Mobile number", "Mobile phone"},
				field: schema.Field{Key: schema.MobileNumberField, Format: schema.FormatPhone}, rule: withoutQuote},
			{key: "phone", headers: []string{"전화번호", "일반전화", "유선전화", "電話番号", "Phone", "Phone number"}, field: phone, rule: withoutQuote},
			{key: "acceptsSMS", headers: []string{"SMS 수신여부", "SMS 수신동의", "SMS", "SMS受信可否", "SMS受信", "SMS subscription", "Subscribe to SMS", "Accepts SMS"},
				field: schema.Field{Key: "unsubscribeTexting"}, rule: optOut},
			{key: "acceptsEmail", headers: []string{"이메일 수신여부", "이메일 수신동의", "뉴스메일 수신여부", "메일 수신여부", "メール受信可否", "メール受信", "メルマガ受信可否",
				"Email subscription", "Subscribe to email", "Accepts email", "Newsletter"}, field: schema.Field{Key: "unsubscribeEmail"}, rule: optOut},
			{key: "note", headers: []string{"메모", "관리자메모", "メモ", "Memo", "Admin memo"}, field: schema.Field{Key: "profile.description"}},
			text("memberLevel", "会員等級", "Customer level", "회원등급", "会員等級", "Customer level", "Membership level"),
			text("gender", "性別", "Gender", "성별", "性別", "Gender"),
			number("age", "年齢", "Age", "나이", "年齢", "Age"),
			date("birthday", "生年月日", "Birthday", "생년월일", "生年月日", "Birthday", "Date of birth"),
			date("joinedAt", "会員登録日", "Joined", "회원 가입일", "가입일", "가입일자", "会員登録日", "登録日", "Signup date", "Registration date", "Date of registration"),
			date("lastLoginAt", "最終ログイン日", "Last login", "최종접속일", "최근접속일", "최종로그인", "最終アクセス日", "最終ログイン日", "Last login", "Last access"),
			text("zip", "郵便番号", "Zip", "우편번호", "郵便番号", "Zip", "Zip code", "Postal code"),
			text("address1", "住所1", "Address1", "주소", "주소1", "기본주소", "住所", "住所1", "Address", "Address1"),
			text("address2", "住所2", "Address2", "상세주소", "주소2", "住所2", "詳細住所", "Address2"),
			number("pointsUsed", "使用済みポイント", "Points used", "총 사용 적립금", "使用済み積立金", "総使用積立金", "Used points", "Total used points"),
			number("points", "使用可能ポイント", "Points available", "사용가능 적립금", "가용적립금", "使用可能積立金", "Available points"),
			number("totalSpent", "合計購入金額", "Total spent", "총 구매금액", "총 실결제금액", "누적구매금액", "総購入金額", "Total purchase amount", "Total spent"),
			number("totalOrders", "注文数", "Total orders", "총 구매건수", "총 실주문건수", "누적주문건수", "総注文件数", "総購入件数", "Total orders", "Number of orders"),
		},
	}
}
