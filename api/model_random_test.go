package api

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A chance makes random steps. Arguments come from small sets, so that they
// meet, and are wrong now and then.
type chance struct {
	*rand.Rand
	labels int
}

func randomHistory(rnd *rand.Rand, n int) []step {
	c := &chance{Rand: rnd}
	total := 0
	for _, kind := range stepKinds {
		total += kind.weight
	}
	steps := make([]step, 0, n)
	for len(steps) < n {
		at := c.IntN(total)
		for _, kind := range stepKinds {
			if at -= kind.weight; at < 0 {
				steps = append(steps, kind.make(c))
				break
			}
		}
	}
	return steps
}

var stepKinds = []struct {
	weight int
	make   func(*chance) step
}{
	{20, func(c *chance) step {
		return c.labelled(step{op: "put", on: c.idOrMember(), body: c.edit(), with: c.belief()})
	}},
	{30, func(c *chance) step {
		return c.labelled(step{op: "patch", on: c.id(), body: c.edit(), with: c.belief()})
	}},
	{6, func(c *chance) step { return step{op: "delete", on: c.id(), with: c.belief()} }},
	{5, func(c *chance) step { return c.labelled(step{op: "restore", on: c.id()}) }},
	{8, func(c *chance) step { return step{op: "batch", body: c.records()} }},
	{6, func(c *chance) step { return step{op: "import", body: c.export()} }},
	{25, func(c *chance) step { return c.labelled(step{op: "boot", by: c.caller(), body: c.arrival("boot")}) }},
	{25, func(c *chance) step {
		return c.labelled(step{op: "touch", by: c.caller(), on: c.id(), body: c.arrival("touch")})
	}},
	{8, func(c *chance) step { return c.labelled(step{op: "form", by: c.caller(), body: c.arrival("form")}) }},
	{8, func(c *chance) step {
		return step{op: "save segment", on: c.segment(), body: c.conditionText(3), with: pick(c, "post", "put")}
	}},
	{2, func(c *chance) step { return step{op: "drop segment", on: c.segment()} }},
	{3, func(c *chance) step { key := c.field(); return step{op: "add field", on: key, body: c.kindOf(key)} }},
	{4, func(c *chance) step {
		return step{op: "patch field", on: c.field(), with: c.force(), body: pick(c, `{"hidden":true}`, `{"archived":true}`, `{"hidden":false}`)}
	}},
	{4, func(c *chance) step { return step{op: "patch field", on: c.field(), body: `{"hidden":false}`} }},
	{2, func(c *chance) step { return step{op: "delete field", on: c.field(), with: c.force()} }},
	{8, func(c *chance) step { return c.labelled(step{op: "bulk", body: c.bulkText()}) }},
	{14, func(c *chance) step { return step{op: "clock", body: c.pause().String()} }},
	{2, func(c *chance) step { return step{op: "restart"} }},
	{12, func(c *chance) step { return step{op: "find", body: c.conditionText(2)} }},
}

func pick[T any](c *chance, from ...T) T { return from[c.IntN(len(from))] }

// often is true n times of ten.
func (c *chance) often(n int) bool { return c.IntN(10) < n }

func (c *chance) labelled(s step) step {
	c.labels++
	s.as = strconv.Itoa(c.labels)
	return s
}

// earlier refers to a recent label.
func (c *chance) earlier() string {
	return strconv.Itoa(max(1, c.labels-c.IntN(12)))
}

func (c *chance) id() string {
	if c.often(1) && c.labels > 0 {
		return "$" + c.earlier()
	}
	return fmt.Sprint("c", c.IntN(6))
}

func (c *chance) segment() string { return pick(c, "s0", "s1", "s2", "s3") }

func (c *chance) field() string {
	return pick(c, "profile.x", "profile.x", "profile.points", "profile.likes", "profile.description", "profile.name", "city", "name", "tags",
		"web.sessionsCount", "lastSeenAt", "unsubscribeEmail", "profile.nothing", "nothing")
}

// kindOf is what a field is made as; profile.x is now this, now that.
func (c *chance) kindOf(key string) string {
	switch key {
	case "profile.points":
		return "Number"
	case "profile.likes":
		return "List"
	case "profile.x":
		return pick(c, "String", "Number", "Boolean", "List", "Date")
	}
	return "String"
}

func (c *chance) force() string {
	if c.often(5) {
		return "force"
	}
	return ""
}

func (c *chance) idOrMember() string {
	if c.often(2) {
		return c.member("@")
	}
	return c.id()
}

func (c *chance) member(before string) string { return fmt.Sprint(before, "m", c.IntN(4)) }

func (c *chance) caller() string { return pick(c, byPage, byPage, bySecret, bySecret, byOwner) }

// arrival is the body of a way in.
func (c *chance) arrival(way string) string {
	body := map[string]any{}
	if c.often(6) {
		body["visitorToken"] = pick(c, "$t"+c.earlier(), "$t"+c.earlier(), "$t"+c.earlier(), "$t"+c.earlier(), "nonsense")
	}
	if way != "form" && c.often(7) {
		body["platform"] = pick(c, "web", "web", "mobile", "mobile", "mobile", "tv")
	}
	if way != "form" && c.often(3) {
		minute := int64(60_000)
		body["at"] = testNow.UnixMilli() + pick(c, -40*minute, 0, 0, 5*minute, 30*minute, 30*minute+1, 60*minute, 60*minute+1, 24*60*minute, 8*24*60*minute, 60*24*60*minute)
	}
	if way != "form" && c.often(4) {
		body["language"] = pick(c, "ja", "en", "")
		body["mobile"] = map[string]any{"appVersion": pick(c, "1.0", "2.10")}
	}
	if way == "form" && c.often(2) {
		body["id"] = c.id()
	}
	if way != "touch" && c.often(4) {
		body["memberId"] = c.member("")
		if way == "boot" {
			body["memberHash"] = pick(c, "right", "right", "right", "right", "wrong")
		}
		if way == "boot" && c.often(5) {
			body["name"] = pick(c, texts...)
		}
	}
	if way != "touch" && c.often(5) {
		body["profile"] = c.group()
	}
	if way != "touch" && c.often(3) {
		body["profileOnce"] = c.group()
	}
	if way == "boot" && c.often(2) {
		body[pick(c, "unsubscribeEmail", "unsubscribeTexting")] = c.value("unsubscribeEmail")
	}
	switch c.IntN(60) {
	case 0:
		body["sessionsCount"] = 7
	case 1:
		body["memberid"] = "m1"
	case 2:
		body["tags"] = []string{"a"}
	}
	return text(body)
}

func (c *chance) belief() string {
	if c.often(2) {
		return c.earlier()
	}
	return ""
}

func (c *chance) pause() time.Duration {
	minutes := 30 * time.Minute
	return pick(c, time.Millisecond, time.Second, minutes-2*time.Millisecond, minutes-time.Millisecond, minutes, minutes+time.Millisecond,
		time.Hour, 9*time.Hour, 24*time.Hour, 7*24*time.Hour, 31*24*time.Hour)
}

var texts = []string{"田中", "Tanaka", "ＴＡＮＡＫＡ", "tanaka", "x@y.jp", "  ", "", "café", "a\"b", "Ｔａ ｎａ"}

// value is a value for a field, of another kind now and then.
func (c *chance) value(key string) any {
	kind := map[string]string{"tags": "list", "profile.likes": "list", "profile.points": "number", "profile.vip": "boolean",
		"profile.lastCheckoutCompletedAt": "date", "unsubscribeEmail": "boolean", "unsubscribeTexting": "boolean"}[key]
	if c.IntN(12) == 0 {
		return nil
	}
	if c.IntN(30) == 0 || key == "profile.x" {
		kind = pick(c, "list", "number", "boolean", "date", "")
	}
	switch kind {
	case "list":
		list := []any{}
		for range c.IntN(4) {
			list = append(list, pick(c, "VIP", "vip", "ＶＩＰ", "常連", " ", "a", "b", strings.Repeat("長", 64), strings.Repeat("長", 64+c.IntN(2))))
		}
		return list
	case "number":
		return pick(c, json.Number("0"), "-0", "1", "2", "3", "10", "2.5", "-7", "9007199254740992", "9007199254740993")
	case "boolean":
		return c.often(6)
	case "date":
		return pick[any](c, testNow.UnixMilli(), testNow.UnixMilli()-40*86_400_000, 1_764_000_000, "2026-11-01T00:00:00Z", "2026-11-01T09:00:00+09:00", "nonsense", "")
	}
	return pick(c, texts...)
}

func (c *chance) profileKey() string {
	if c.IntN(25) == 0 {
		return pick(c, "emial", "Points", "nothing")
	}
	return pick(c, "name", "email", "description", "referrer", "utmSource", "referrer", "utmSource", "points", "points", "vip", "likes", "x", "lastCheckoutCompletedAt")
}

func (c *chance) group() map[string]any {
	group := map[string]any{}
	for range c.IntN(4) {
		key := c.profileKey()
		group[key] = c.value("profile." + key)
	}
	return group
}

// fields is what a body says of a customer that people may write, or may not.
func (c *chance) fields() map[string]any {
	body := map[string]any{}
	if c.often(7) {
		body["profile"] = c.group()
	}
	if c.often(2) {
		body["profileOnce"] = c.group()
	}
	if c.often(3) {
		body["tags"] = c.value("tags")
	}
	if c.often(2) {
		body[pick(c, "unsubscribeEmail", "unsubscribeTexting")] = c.value("unsubscribeEmail")
	}
	switch c.IntN(60) {
	case 0:
		body["profile"] = nil
	case 1:
		body["city"] = "東京"
	case 2:
		body["web"] = map[string]any{"sessionsCount": 5}
	case 3:
		body["member"] = false
	case 4:
		body["profile"] = "text"
	case 5:
		body["sessionCount"] = 1
	}
	return body
}

func text(body any) string {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// edit is a body of one customer; profileOnce may stand before profile.
func (c *chance) edit() string {
	body := c.fields()
	once, has := body["profileOnce"]
	delete(body, "profileOnce")
	switch rest := text(body); {
	case !has:
		return rest
	case len(body) == 0:
		return `{"profileOnce":` + text(once) + "}"
	case c.often(5):
		return `{"profileOnce":` + text(once) + "," + rest[1:]
	default:
		return rest[:len(rest)-1] + `,"profileOnce":` + text(once) + "}"
	}
}

func (c *chance) records() string {
	list := []any{}
	for range 1 + c.IntN(4) {
		body := c.fields()
		switch n := c.IntN(10); {
		case n < 6:
			body["id"] = c.id()
		case n < 9:
			body["memberId"] = c.member("")
		}
		list = append(list, body)
	}
	return text(list)
}

// export is a row of another system's export.
func (c *chance) export() string {
	body := c.fields()
	delete(body, "profileOnce") // files have no such thing
	if profile, ok := body["profile"].(map[string]any); ok {
		delete(profile, "Points") // a file may write a key in any case
	}
	body["id"] = fmt.Sprint("c", c.IntN(6))
	if c.often(5) {
		body["memberId"] = fmt.Sprint("m", c.IntN(4))
	}
	if c.often(4) {
		body["name"] = pick(c, texts...)
	}
	if c.often(4) {
		body["updatedAt"] = testNow.UnixMilli() - int64(c.IntN(60))*86_400_000
	}
	if c.often(3) {
		body["createdAt"] = testNow.UnixMilli() - int64(c.IntN(60))*86_400_000
	}
	if c.often(4) {
		at := testNow.UnixMilli() - int64(c.IntN(60))*86_400_000
		body["lastSeenAt"], body["sessionsCount"] = at, 3
		body["web"] = map[string]any{"lastSeenAt": at, "sessionsCount": 3}
	}
	return text(body)
}

func (c *chance) conditionText(depth int) string { return text(c.condition(depth)) }

func (c *chance) condition(depth int) any {
	if depth > 0 && c.often(5) {
		if c.often(3) {
			return []any{"not", c.condition(depth - 1)}
		}
		return []any{pick(c, "and", "or"), c.condition(depth - 1), c.condition(depth - 1)}
	}
	switch c.IntN(10) {
	case 8, 9:
		if c.often(6) {
			return []any{"segment", c.segment()}
		}
		return pick[any](c, []any{"set", "profile.x"}, []any{"gt", "profile.x", 1}, []any{"eq", "profile.x", "tanaka"}, []any{"has", "profile.x", "a"}, []any{"true", "profile.x"})
	case 0:
		return []any{"true", pick(c, "member", "unsubscribeEmail", "profile.vip")}
	case 1:
		return []any{"gt", pick(c, "profile.points", "sessionsCount", "web.sessionsCount"), c.IntN(4)}
	case 2:
		return []any{"between", "profile.points", c.IntN(3) - 8, c.IntN(12)}
	case 3:
		return []any{"eq", pick(c, "profile.name", "profile.email", "name"), pick(c, "tanaka", "田中", "ｘ@Ｙ.jp")}
	case 4:
		return []any{"contains", pick(c, "profile.name", "profile.referrer", "memberId"), pick(c, "ta", "中", "Ｔ", "m1")}
	case 5:
		return []any{"has", pick(c, "tags", "profile.likes"), pick(c, "ＶＩＰ", "a", "常連")}
	case 6:
		return []any{"set", pick(c, "profile.description", "profile.utmSource", "tags", "memberId", "lastSeenAt")}
	}
	return []any{"before", pick(c, "createdAt", "updatedAt", "lastSeenAt", "profile.lastCheckoutCompletedAt"), 1 + c.IntN(50)}
}
