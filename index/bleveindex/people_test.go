package bleveindex

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"meibo/dsl/schema"
)

// A crowd makes customers such as a workspace has: 40 fields, most of them
// filled. Two of one seed make the same.
type crowd struct {
	*rand.Rand
	made int
}

func newCrowd(seed uint64) *crowd { return &crowd{Rand: rand.New(rand.NewPCG(seed, 1))} }

// crowdNow is the instant that the dates lead up to.
const crowdNow = 1_795_000_000_000 // November 2026

func crowdFields(t testing.TB) *schema.Fields {
	t.Helper()
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// people makes n more customers.
func (c *crowd) people(n int) []schema.Record {
	list := make([]schema.Record, n)
	for i := range list {
		list[i] = c.person()
	}
	return list
}

func (c *crowd) person() schema.Record {
	c.made++
	r := schema.NewRecord(fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", c.Uint32(), c.IntN(1<<16), c.IntN(1<<12), c.IntN(1<<12), c.made))
	set := func(share int, key string, v schema.Value) {
		if c.IntN(100) < share {
			r.Set(key, v)
		}
	}
	family, given := c.of("佐藤 鈴木 高橋 髙橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林"), c.of("太郎 花子 さくら 翔 美咲 健太 陽菜 大輔 愛 拓也 Ken Mary")
	name := family + " " + given + strings.Repeat("子", c.IntN(2))
	visits := c.ExpFloat64() * 8
	seen := int64(crowdNow - c.ExpFloat64()*90*24*3600*1000)
	created := seen - c.Int64N(1000*24*3600*1000)
	member := c.IntN(100) < 38

	set(100, "lastSeenAt", schema.At(seen))
	set(100, "createdAt", schema.At(created))
	set(100, "updatedAt", schema.At(seen))
	r.Set("member", schema.Bool(member))
	if member {
		r.Set("memberId", schema.Text(fmt.Sprintf("M%09d", c.made)))
	}
	set(40, "tags", schema.Strings(c.of("VIP リピーター 新規 メルマガ 店舗A 店舗B"), c.of("sale2025 sale2026 クレーム 誕生日 アンケート")))
	set(90, "city", schema.Text(c.of("東京 大阪 名古屋 札幌 福岡 横浜 京都 神戸 仙台 広島 Shibuya")))
	set(95, "country", schema.Text(c.of("JP JP JP JP JP JP US KR TW CN TH")))
	set(95, "language", schema.Text(c.of("ja ja ja en ko zh")))
	set(100, "sessionsCount", schema.Num(float64(int(visits*1.4)+1)))
	set(80, "web.sessionsCount", schema.Num(float64(int(visits)+1)))
	set(80, "web.lastSeenAt", schema.At(seen))
	set(80, "web.browser", schema.Text(c.of("Chrome Safari Edge Firefox")))
	set(80, "web.browserName", schema.Text(c.of("Chrome/131.0 Safari/18.1 Edge/131.0 Firefox/132.0")))
	set(80, "web.os", schema.Text(c.of("Windows macOS iOS Android")))
	set(80, "web.osName", schema.Text(c.of("Windows11 macOS15 iOS18 Android15")))
	set(80, "web.device", schema.Text(c.of("desktop phone tablet")))
	set(30, "mobile.sessionsCount", schema.Num(float64(c.IntN(40))))
	set(30, "mobile.lastSeenAt", schema.At(seen))
	set(30, "mobile.appName", schema.Text("Meibo"))
	set(30, "mobile.appVersion", schema.Text(fmt.Sprintf("%d.%d.%d", 1+c.IntN(3), c.IntN(12), c.IntN(5))))
	set(30, "mobile.os", schema.Text(c.of("iOS Android")))
	set(30, "mobile.device", schema.Text(c.of("iPhone16,1 iPhone15,2 Pixel9 SC-51E")))
	set(100, "hasPushToken", schema.Bool(c.IntN(4) == 0))
	set(100, "unsubscribeEmail", schema.Bool(c.IntN(10) == 0))
	set(100, "unsubscribeTexting", schema.Bool(c.IntN(20) == 0))
	set(90, "name", schema.Text(name))
	set(60, "profile.name", schema.Text(family+"　"+given))
	set(70, "profile.email", schema.Text(fmt.Sprintf("%s%d@%s", c.of("taro hanako ken mary sato suzuki tanaka"), c.IntN(1_000_000), c.of("example.com example.co.jp mail.test gmail.test x.jp"))))
	set(50, "profile.mobileNumber", schema.Text(fmt.Sprintf("0%d0-%04d-%04d", 7+c.IntN(3), c.IntN(10000), c.IntN(10000))))
	set(40, "profile.referrer", schema.Text(c.of("https://www.google.com/ https://t.co/ https://yahoo.co.jp/ direct")))
	set(30, "profile.utmSource", schema.Text(c.of("google yahoo line instagram newsletter")))
	set(30, "profile.utmMedium", schema.Text(c.of("cpc email social referral")))
	set(30, "profile.utmCampaign", schema.Text(fmt.Sprintf("campaign-%d", c.IntN(200))))
	set(20, "profile.description", schema.Text("お客様メモ "+fmt.Sprint(c.IntN(100000))))
	set(30, "profile.lastCheckoutCompletedAt", schema.At(seen-c.Int64N(30*24*3600*1000)))
	return r
}

// of picks one of some words.
func (c *crowd) of(words string) string {
	list := strings.Fields(words)
	return list[c.IntN(len(list))]
}
