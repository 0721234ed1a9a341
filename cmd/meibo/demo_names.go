package main

// A personName is one part of a name in its three writings. The weight of a
// surname is about how many thousand people in Japan bear it.
type personName struct {
	kanji, kana, latin string
	weight             int
}

func nameWeight(n personName) int { return n.weight }

// demoSurnames are frequent surnames with the variants of their kanji that
// people really write, so that quick search has something to fold.
func demoSurnames() weighted[personName] {
	return newWeighted([]personName{
		{"佐藤", "サトウ", "sato", 1862}, {"鈴木", "スズキ", "suzuki", 1791}, {"高橋", "タカハシ", "takahashi", 1260},
		{"髙橋", "タカハシ", "takahashi", 140}, {"田中", "タナカ", "tanaka", 1330}, {"伊藤", "イトウ", "ito", 1069},
		{"渡辺", "ワタナベ", "watanabe", 860}, {"渡邊", "ワタナベ", "watanabe", 120}, {"渡邉", "ワタナベ", "watanabe", 90},
		{"山本", "ヤマモト", "yamamoto", 1045}, {"中村", "ナカムラ", "nakamura", 1041}, {"小林", "コバヤシ", "kobayashi", 1024},
		{"加藤", "カトウ", "kato", 885}, {"吉田", "ヨシダ", "yoshida", 815}, {"𠮷田", "ヨシダ", "yoshida", 15},
		{"山田", "ヤマダ", "yamada", 812}, {"佐々木", "ササキ", "sasaki", 668}, {"山口", "ヤマグチ", "yamaguchi", 641},
		{"松本", "マツモト", "matsumoto", 625}, {"井上", "イノウエ", "inoue", 612}, {"木村", "キムラ", "kimura", 570},
		{"林", "ハヤシ", "hayashi", 545}, {"斎藤", "サイトウ", "saito", 280}, {"斉藤", "サイトウ", "saito", 190},
		{"齋藤", "サイトウ", "saito", 60}, {"齊藤", "サイトウ", "saito", 30}, {"清水", "シミズ", "shimizu", 522},
		{"山崎", "ヤマザキ", "yamazaki", 420}, {"山﨑", "ヤマザキ", "yamazaki", 62}, {"森", "モリ", "mori", 464},
		{"阿部", "アベ", "abe", 448}, {"池田", "イケダ", "ikeda", 443}, {"橋本", "ハシモト", "hashimoto", 438},
		{"山下", "ヤマシタ", "yamashita", 412}, {"石川", "イシカワ", "ishikawa", 409}, {"中島", "ナカジマ", "nakajima", 370},
		{"中嶋", "ナカジマ", "nakajima", 30}, {"前田", "マエダ", "maeda", 374}, {"藤田", "フジタ", "fujita", 371},
		{"小川", "オガワ", "ogawa", 364}, {"後藤", "ゴトウ", "goto", 363}, {"岡田", "オカダ", "okada", 360},
		{"長谷川", "ハセガワ", "hasegawa", 371}, {"村上", "ムラカミ", "murakami", 354}, {"近藤", "コンドウ", "kondo", 368},
		{"石井", "イシイ", "ishii", 343}, {"坂本", "サカモト", "sakamoto", 320}, {"遠藤", "エンドウ", "endo", 327},
		{"青木", "アオキ", "aoki", 312}, {"藤井", "フジイ", "fujii", 307}, {"西村", "ニシムラ", "nishimura", 303},
		{"福田", "フクダ", "fukuda", 301}, {"太田", "オオタ", "ota", 298}, {"三浦", "ミウラ", "miura", 297},
		{"岡本", "オカモト", "okamoto", 293}, {"松田", "マツダ", "matsuda", 292}, {"中川", "ナカガワ", "nakagawa", 287},
		{"中野", "ナカノ", "nakano", 287}, {"原田", "ハラダ", "harada", 283}, {"小野", "オノ", "ono", 281},
		{"田村", "タムラ", "tamura", 273}, {"竹内", "タケウチ", "takeuchi", 267}, {"金子", "カネコ", "kaneko", 264},
		{"和田", "ワダ", "wada", 256}, {"中山", "ナカヤマ", "nakayama", 253}, {"石田", "イシダ", "ishida", 249},
		{"上田", "ウエダ", "ueda", 246}, {"森田", "モリタ", "morita", 246}, {"原", "ハラ", "hara", 239},
		{"柴田", "シバタ", "shibata", 233}, {"酒井", "サカイ", "sakai", 230}, {"工藤", "クドウ", "kudo", 228},
		{"横山", "ヨコヤマ", "yokoyama", 224}, {"宮崎", "ミヤザキ", "miyazaki", 190}, {"宮﨑", "ミヤザキ", "miyazaki", 30},
		{"高木", "タカギ", "takagi", 218}, {"髙木", "タカギ", "takagi", 12}, {"安藤", "アンドウ", "ando", 217},
		{"宮本", "ミヤモト", "miyamoto", 216}, {"大野", "オオノ", "ono", 212}, {"小島", "コジマ", "kojima", 205},
		{"浜田", "ハマダ", "hamada", 120}, {"濱田", "ハマダ", "hamada", 38}, {"濵田", "ハマダ", "hamada", 12},
		{"沢田", "サワダ", "sawada", 40}, {"澤田", "サワダ", "sawada", 55}, {"広瀬", "ヒロセ", "hirose", 70},
		{"廣瀬", "ヒロセ", "hirose", 42}, {"桜井", "サクライ", "sakurai", 110}, {"櫻井", "サクライ", "sakurai", 40},
		{"国分", "コクブ", "kokubu", 12}, {"國分", "コクブ", "kokubu", 8}, {"島田", "シマダ", "shimada", 160},
		{"嶋田", "シマダ", "shimada", 22}, {"辺見", "ヘンミ", "hemmi", 6}, {"邊見", "ヘンミ", "hemmi", 2},
		{"東海林", "ショウジ", "shoji", 9}, {"五十嵐", "イガラシ", "igarashi", 90}, {"小笠原", "オガサワラ", "ogasawara", 62},
	}, nameWeight)
}

// demoGivenNames are given names of all generations.
func demoGivenNames() weighted[personName] {
	return newWeighted([]personName{
		{"陽子", "ヨウコ", "yoko", 9}, {"恵子", "ケイコ", "keiko", 9}, {"直美", "ナオミ", "naomi", 8}, {"由美子", "ユミコ", "yumiko", 8},
		{"明美", "アケミ", "akemi", 7}, {"真由美", "マユミ", "mayumi", 7}, {"智子", "トモコ", "tomoko", 9}, {"久美子", "クミコ", "kumiko", 8},
		{"裕子", "ユウコ", "yuko", 9}, {"愛", "アイ", "ai", 10}, {"美咲", "ミサキ", "misaki", 11}, {"さくら", "サクラ", "sakura", 8},
		{"葵", "アオイ", "aoi", 7}, {"結衣", "ユイ", "yui", 8}, {"陽菜", "ヒナ", "hina", 8}, {"七海", "ナナミ", "nanami", 7},
		{"麻衣", "マイ", "mai", 8}, {"彩", "アヤ", "aya", 9}, {"香織", "カオリ", "kaori", 9}, {"ゆかり", "ユカリ", "yukari", 4},
		{"みなみ", "ミナミ", "minami", 4}, {"千尋", "チヒロ", "chihiro", 4}, {"エミ", "エミ", "emi", 2}, {"花子", "ハナコ", "hanako", 1},
		{"健一", "ケンイチ", "kenichi", 8}, {"誠", "マコト", "makoto", 10}, {"大輔", "ダイスケ", "daisuke", 11}, {"翔太", "ショウタ", "shota", 10},
		{"拓也", "タクヤ", "takuya", 9}, {"健太", "ケンタ", "kenta", 9}, {"達也", "タツヤ", "tatsuya", 8}, {"直樹", "ナオキ", "naoki", 9},
		{"浩", "ヒロシ", "hiroshi", 8}, {"隆", "タカシ", "takashi", 8}, {"茂", "シゲル", "shigeru", 5}, {"和也", "カズヤ", "kazuya", 8},
		{"蓮", "レン", "ren", 8}, {"大翔", "ヒロト", "hiroto", 7}, {"悠真", "ユウマ", "yuma", 6}, {"陸", "リク", "riku", 7},
		{"湊", "ミナト", "minato", 5}, {"樹", "イツキ", "itsuki", 6}, {"颯太", "ソウタ", "sota", 7}, {"優斗", "ユウト", "yuto", 7},
		{"太郎", "タロウ", "taro", 3}, {"一郎", "イチロウ", "ichiro", 3}, {"哲也", "テツヤ", "tetsuya", 7}, {"修", "オサム", "osamu", 6},
		{"惠子", "ケイコ", "keiko", 1}, {"眞一", "シンイチ", "shinichi", 1}, {"正義", "マサヨシ", "masayoshi", 3}, {"龍之介", "リュウノスケ", "ryunosuke", 3},
	}, nameWeight)
}

// hiragana writes katakana as a form's "ふりがな" often has it.
func hiragana(kana string) string {
	out := make([]rune, 0, len(kana)/3)
	for _, r := range kana {
		if r >= 'ァ' && r <= 'ヶ' {
			r -= 'ァ' - 'ぁ'
		}
		out = append(out, r)
	}
	return string(out)
}
