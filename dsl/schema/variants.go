package schema

// variantKanji gives the plain form of a kanji that names write in more than
// one way. It covers the variants of frequent surnames and place names
// (the JIS X 0213 and Unicode compatibility forms behind 髙橋, 山﨑, 渡邊,
// 齋藤, 澤田, 濵田, 廣瀬 and the like), not every old form of every character.
func variantKanji(r rune) (rune, bool) {
	switch r {
	case '髙':
		return '高', true
	case '﨑', '嵜', '碕', '㟢':
		return '崎', true
	case '邊', '邉':
		return '辺', true
	case '齋', '斎', '齊':
		return '斉', true
	case '澤':
		return '沢', true
	case '濵', '濱':
		return '浜', true
	case '廣':
		return '広', true
	case '國':
		return '国', true
	case '櫻':
		return '桜', true
	case '嶋', '嶌':
		return '島', true
	case '德':
		return '徳', true
	case '惠':
		return '恵', true
	case '眞':
		return '真', true
	case '瀨':
		return '瀬', true
	case '𠮷':
		return '吉', true
	case '萬':
		return '万', true
	case '榮':
		return '栄', true
	case '條':
		return '条', true
	case '豐':
		return '豊', true
	case '龍':
		return '竜', true
	case '鷗':
		return '鴎', true
	case '曾':
		return '曽', true
	case '彌':
		return '弥', true
	case '壽':
		return '寿', true
	case '圓':
		return '円', true
	case '黑':
		return '黒', true
	case '淺':
		return '浅', true
	case '增':
		return '増', true
	case '藏':
		return '蔵', true
	case '邨':
		return '村', true
	case '冨':
		return '富', true
	case '凉':
		return '涼', true
	case '靜':
		return '静', true
	case '禮':
		return '礼', true
	case '實':
		return '実', true
	case '齒':
		return '歯', true
	}
	return r, false
}
