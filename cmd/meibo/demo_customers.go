package main

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// demoCustomers writes customers of a Japanese shop that never was. Customer i
// depends on the seed, i and now alone.
type demoCustomers struct {
	seed     uint64
	now      int64 // epoch milliseconds
	surnames weighted[personName]
	given    weighted[personName]
	words    demoWords
}

func newDemoCustomers(seed uint64, now time.Time) *demoCustomers {
	return &demoCustomers{seed: seed, now: now.UnixMilli(), surnames: demoSurnames(), given: demoGivenNames(), words: newDemoWords()}
}

const day = int64(24 * time.Hour / time.Millisecond)

// A demoPerson is what the parts of one customer have in common.
type demoPerson struct {
	r              demoRandom
	index          uint64
	surname, given personName
	member         bool
	created        int64
	web, mobile    demoVisits
}

// demoVisits are a platform's sessions; none when sessions is 0.
type demoVisits struct {
	sessions int
	last     int64
}

func (d *demoCustomers) person(i uint64) demoPerson {
	p := demoPerson{r: randomFor(d.seed, i), index: i}
	p.surname, p.given = d.surnames.pick(&p.r), d.given.pick(&p.r)
	p.member = p.r.chance(60)
	u := p.r.unit()
	p.created = d.now - int64(u*u*float64(5*365*day)) - int64(p.r.below(int(day)))
	p.web = p.visits(d.now, 94)
	p.mobile = p.visits(d.now, 31)
	if p.web.sessions == 0 && p.mobile.sessions == 0 {
		p.web = demoVisits{1, p.created}
	}
	return p
}

// visits come more often from people who were here lately.
func (p *demoPerson) visits(now int64, percent float64) demoVisits {
	if !p.r.chance(percent) {
		return demoVisits{}
	}
	v := demoVisits{sessions: p.r.longTail(900), last: p.created}
	if v.sessions > 1 {
		u := p.r.unit()
		v.last = now - int64(u*u*float64(now-p.created))
	}
	return v
}

// appendCustomer writes customer i as one line of NDJSON.
func (d *demoCustomers) appendCustomer(b []byte, i uint64) []byte {
	p := d.person(i)
	w := demoWriter{b: append(b, `{"id":"`...)}
	w.b = appendHex(w.b, mix(d.seed^mix(i)))
	w.b = append(w.b, '"')
	d.identity(&w, &p)
	d.device(&w, &p)
	d.profile(&w, &p)
	return append(w.b, '}', '\n')
}

func (d *demoCustomers) identity(w *demoWriter, p *demoPerson) {
	if p.member {
		w.text("memberId", "M"+strconv.FormatUint(100000+p.index, 10))
		w.text("name", d.registeredName(p))
	}
	w.flag("member", p.member)
	d.tags(w, p)
	w.text("country", d.words.countries.pick(&p.r))
	if p.r.chance(91) {
		w.text("city", d.words.cities.pick(&p.r))
	}
	w.text("language", d.words.languages.pick(&p.r))
	w.number("sessionsCount", int64(p.web.sessions+p.mobile.sessions))
	last := max(p.web.last, p.mobile.last)
	w.number("lastSeenAt", last)
	w.number("createdAt", p.created)
	w.number("updatedAt", p.created+int64(p.r.unit()*float64(last-p.created)))
	if p.mobile.sessions > 0 {
		w.flag("hasPushToken", p.r.chance(58))
	}
	if p.r.chance(80) {
		w.flag("unsubscribeEmail", p.r.chance(9))
	}
	if p.r.chance(60) {
		w.flag("unsubscribeTexting", p.r.chance(6))
	}
}

// registeredName is how the site's member data has it.
func (d *demoCustomers) registeredName(p *demoPerson) string {
	switch n := p.r.below(100); {
	case n < 62:
		return p.surname.kanji + " " + p.given.kanji
	case n < 86:
		return p.surname.kanji + p.given.kanji
	default:
		return p.surname.kanji + "　" + p.given.kanji
	}
}

// typedName is what the customer typed to a bot.
func (d *demoCustomers) typedName(p *demoPerson) string {
	switch n := p.r.below(100); {
	case n < 50:
		return p.surname.kanji + p.given.kanji
	case n < 65:
		return p.surname.kanji
	case n < 78:
		return p.surname.kana + " " + p.given.kana
	case n < 90:
		return hiragana(p.surname.kana) + hiragana(p.given.kana)
	default:
		return strings.ToUpper(p.given.latin[:1]) + p.given.latin[1:] + " " + strings.ToUpper(p.surname.latin)
	}
}

func (d *demoCustomers) tags(w *demoWriter, p *demoPerson) {
	first := true
	for _, t := range d.words.tags {
		if !p.r.chance(t.percent) {
			continue
		}
		if first {
			w.key("tags")
			w.b = append(w.b, '[')
		} else {
			w.b = append(w.b, ',')
		}
		first = false
		w.quoted(t.text)
	}
	if !first {
		w.b = append(w.b, ']')
	}
}

func (d *demoCustomers) device(w *demoWriter, p *demoPerson) {
	if p.web.sessions > 0 {
		w.open("web")
		w.number("sessionsCount", int64(p.web.sessions))
		w.number("lastSeenAt", p.web.last)
		device, system := "mobile", d.words.phones
		switch n := p.r.below(100); {
		case n < 34:
			device, system = "desktop", d.words.desktops
		case n < 38:
			device, system = "tablet", d.words.tablets
		}
		os, browser := system.pick(&p.r), d.words.browsers.pick(&p.r)
		w.text("device", device)
		w.text("os", os)
		w.text("osName", withoutVersion(os))
		w.text("browser", browser+" "+strconv.Itoa(120+p.r.below(24)))
		w.text("browserName", browser)
		w.close()
	}
	if p.mobile.sessions > 0 {
		w.open("mobile")
		w.number("sessionsCount", int64(p.mobile.sessions))
		w.number("lastSeenAt", p.mobile.last)
		os := d.words.phones.pick(&p.r)
		device := d.words.iphones
		if strings.HasPrefix(os, "Android") {
			device = d.words.androids
		}
		w.text("os", os)
		w.text("osName", withoutVersion(os))
		w.text("device", device.pick(&p.r))
		w.text("appName", "meibo shop")
		w.text("appVersion", d.words.appVersions.pick(&p.r))
		w.close()
	}
}

func (d *demoCustomers) profile(w *demoWriter, p *demoPerson) {
	w.open("profile")
	if p.r.chance(48) {
		w.text("name", d.typedName(p))
	}
	if p.member && p.r.chance(97) || p.r.chance(25) {
		w.text("email", d.email(p))
	}
	if p.member && p.r.chance(70) || p.r.chance(12) {
		w.text("mobileNumber", d.phone(p))
	}
	if p.r.chance(4) {
		w.text("description", d.words.notes.pick(&p.r))
	}
	if p.member && p.r.chance(66) {
		w.number("lastCheckoutCompletedAt", p.created+int64(p.r.unit()*float64(d.now-p.created)))
	}
	if p.r.chance(57) {
		w.text("referrer", d.words.referrers.pick(&p.r))
	}
	if p.r.chance(43) {
		w.text("utmSource", d.words.sources.pick(&p.r))
		w.text("utmMedium", d.words.mediums.pick(&p.r))
		w.text("utmCampaign", d.words.campaigns.pick(&p.r))
		if p.r.chance(50) {
			w.text("utmContent", d.words.contents.pick(&p.r))
		}
		if p.r.chance(22) {
			w.text("utmTerm", d.words.terms.pick(&p.r))
		}
	}
	w.close()
}

func (d *demoCustomers) email(p *demoPerson) string {
	local := p.given.latin + "." + p.surname.latin
	switch n := p.r.below(100); {
	case n < 30:
		local = p.surname.latin + "_" + p.given.latin
	case n < 55:
		local = p.given.latin + p.surname.latin[:1]
	case n < 60:
		local = strings.ToUpper(p.given.latin[:1]) + p.given.latin[1:] + "." + p.surname.latin
	}
	if p.r.chance(80) {
		local += strconv.Itoa(p.r.below(10000))
	}
	return local + "@" + d.words.mailDomains.pick(&p.r)
}

// phone is a mobile number in one of the notations that people use.
func (d *demoCustomers) phone(p *demoPerson) string {
	prefix := d.words.prefixes.pick(&p.r)
	digits := strconv.Itoa(10000000 + p.r.below(90000000))
	middle, last := digits[:4], digits[4:]
	switch n := p.r.below(100); {
	case n < 56:
		return prefix + "-" + middle + "-" + last
	case n < 80:
		return prefix + middle + last
	case n < 86:
		return "+81 " + prefix[1:] + " " + middle + " " + last
	case n < 90:
		return "+81" + prefix[1:] + middle + last
	case n < 93:
		return "+81 (0)" + prefix[1:] + "-" + middle + "-" + last
	case n < 96:
		return prefix + " " + middle + " " + last
	default:
		return fullWidth(prefix + "-" + middle + "-" + last)
	}
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, s)
}

// withoutVersion is "iOS" of "iOS 26.1".
func withoutVersion(os string) string {
	name, _, _ := strings.Cut(os, " ")
	return name
}

// writeTo writes customers 0 to n-1 through a buffer of about 64 KiB.
func (d *demoCustomers) writeTo(w io.Writer, n uint64) error {
	b := make([]byte, 0, 80<<10)
	for i := range n {
		b = d.appendCustomer(b, i)
		if len(b) >= 64<<10 || i == n-1 {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	return nil
}
