package main

// demoWords are the weighted vocabularies of everything but names.
type demoWords struct {
	cities, countries, languages        weighted[string]
	browsers, desktops, phones, tablets weighted[string]
	androids, iphones, appVersions      weighted[string]
	mailDomains, prefixes, referrers    weighted[string]
	sources, mediums, campaigns         weighted[string]
	contents, terms, notes              weighted[string]
	tags                                []demoTag
}

// A demoTag is on some percent of the customers.
type demoTag struct {
	text    string
	percent float64
}

func newDemoWords() demoWords {
	return demoWords{
		cities: words(word{"横浜市", 377}, word{"大阪市", 275}, word{"名古屋市", 233}, word{"札幌市", 197}, word{"福岡市", 161},
			word{"川崎市", 154}, word{"神戸市", 152}, word{"京都市", 146}, word{"さいたま市", 132}, word{"広島市", 120},
			word{"仙台市", 109}, word{"千葉市", 97}, word{"世田谷区", 94}, word{"北九州市", 93}, word{"堺市", 82},
			word{"浜松市", 79}, word{"新潟市", 78}, word{"練馬区", 75}, word{"熊本市", 73}, word{"大田区", 74},
			word{"相模原市", 72}, word{"岡山市", 72}, word{"江戸川区", 69}, word{"足立区", 69}, word{"静岡市", 69},
			word{"新宿区", 35}, word{"渋谷区", 24}, word{"港区", 26}, word{"千代田区", 7}, word{"鹿児島市", 59},
			word{"松山市", 51}, word{"金沢市", 46}, word{"高松市", 41}, word{"富山市", 41}, word{"長崎市", 40},
			word{"那覇市", 31}, word{"盛岡市", 29}, word{"青森市", 27}, word{"秋田市", 30}, word{"鎌倉市", 17},
			word{"龍ケ崎市", 7}, word{"石垣市", 5}, word{"飛騨市", 2}, word{"隠岐の島町", 1}),
		countries: words(word{"JP", 955}, word{"US", 14}, word{"TW", 9}, word{"KR", 8}, word{"CN", 7}, word{"HK", 3}, word{"SG", 2}, word{"TH", 1}, word{"FR", 1}),
		languages: words(word{"ja", 930}, word{"en", 35}, word{"zh-TW", 12}, word{"ko", 10}, word{"zh-CN", 8}, word{"vi", 3}, word{"pt", 2}),
		browsers:  words(word{"Chrome", 46}, word{"Safari", 36}, word{"Edge", 9}, word{"Firefox", 4}, word{"LINE", 3}, word{"Samsung Internet", 1}, word{"Yahoo! アプリ", 1}),
		desktops:  words(word{"Windows 11", 52}, word{"Windows 10", 24}, word{"macOS 26.1", 12}, word{"macOS 15.7", 9}, word{"ChromeOS", 2}, word{"Linux", 1}),
		phones:    words(word{"iOS 26.1", 40}, word{"iOS 18.7", 21}, word{"iOS 17.7", 6}, word{"Android 16", 12}, word{"Android 15", 12}, word{"Android 14", 6}, word{"Android 13", 3}),
		tablets:   words(word{"iPadOS 26.1", 7}, word{"Android 14", 3}),
		iphones: words(word{"iPhone18,1", 10}, word{"iPhone17,3", 18}, word{"iPhone16,2", 12}, word{"iPhone15,4", 16}, word{"iPhone14,5", 17},
			word{"iPhone14,6", 12}, word{"iPhone12,8", 10}, word{"iPad14,1", 5}),
		androids: words(word{"Pixel 9a", 18}, word{"Pixel 8", 14}, word{"Xperia 10 VI", 15}, word{"AQUOS sense9", 22}, word{"Galaxy A25", 12},
			word{"Galaxy S25", 10}, word{"OPPO Reno13 A", 6}, word{"Redmi 14C", 3}),
		appVersions: words(word{"2.10.0", 34}, word{"2.9.3", 22}, word{"2.9.0", 14}, word{"2.8.1", 9}, word{"2.11.0-beta.1", 2}, word{"2.2.0", 6},
			word{"1.14.2", 7}, word{"1.9.10", 4}, word{"1.0.0", 2}),
		// The domains are reserved names, so that no mail ever reaches anybody.
		mailDomains: words(word{"gmail.example", 39}, word{"yahoo.example", 19}, word{"docomo.example", 10}, word{"icloud.example", 10},
			word{"au.example", 6}, word{"softbank.example", 4}, word{"outlook.example", 5}, word{"nifty.example", 2}, word{"x.jp", 2},
			word{"shop.example.co.jp", 2}, word{"univ.example.ac.jp", 1}),
		prefixes: words(word{"090", 45}, word{"080", 38}, word{"070", 17}),
		referrers: words(word{"https://www.google.com/", 38}, word{"https://search.yahoo.co.jp/", 18}, word{"https://www.instagram.com/", 16},
			word{"https://liff.line.me/", 9}, word{"https://x.com/", 6}, word{"https://www.youtube.com/", 5}, word{"https://note.com/", 3},
			word{"https://kakaku.com/", 3}, word{"https://www.bing.com/", 2}),
		sources: words(word{"google", 34}, word{"yahoo", 15}, word{"line", 17}, word{"instagram", 14}, word{"newsletter", 12}, word{"x", 4}, word{"qr_tempo", 4}),
		mediums: words(word{"cpc", 36}, word{"organic", 22}, word{"social", 22}, word{"email", 13}, word{"qr", 4}, word{"affiliate", 3}),
		campaigns: words(word{"2026_spring_sale", 14}, word{"2026_summer_gift", 16}, word{"2025_winter_sale", 12}, word{"お中元2026", 10}, word{"父の日", 6},
			word{"初回500円OFF", 18}, word{"定期便キャンペーン", 12}, word{"brand", 12}),
		contents: words(word{"banner_a", 30}, word{"banner_b", 30}, word{"text", 20}, word{"動画15秒", 12}, word{"story", 8}),
		terms:    words(word{"コーヒー豆 通販", 24}, word{"ギフト おすすめ", 22}, word{"定期便", 16}, word{"自家焙煎", 14}, word{"カフェインレス", 14}, word{"meibo shop", 10}),
		notes: words(word{"電話は平日の夕方を希望", 14}, word{"ギフト包装を毎回ご利用", 12}, word{"返品の対応が必要。担当: 山田", 9}, word{"領収書は会社宛て", 9},
			word{"配達は置き配で", 12}, word{"誕生日クーポン送付済み", 8}, word{"法人のお客様（月末締め）", 6}, word{"以前クレームあり　要注意", 3}, word{"英語での対応を希望", 3}),
		tags: []demoTag{{"メルマガ", 36}, {"クーポン利用", 14}, {"休眠", 12}, {"新規", 9}, {"定期購入", 8}, {"ギフト", 5}, {"レビュー投稿", 4},
			{"VIP", 3}, {"vip/gold", 1}, {"店舗", 3}, {"卸", 1}, {"要確認", 0.8}},
	}
}
