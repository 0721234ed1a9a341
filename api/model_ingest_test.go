package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A call of a site, an app or a bot: what it says of who is there, and when.
type arrival struct {
	ID, MemberID, MemberHash, VisitorToken, Platform string
	At                                               any
}

func readArrival(body string) (a arrival) {
	var all map[string]any
	_ = json.Unmarshal([]byte(body), &all) // who is not told by JSON is not told
	for key, into := range map[string]*string{"id": &a.ID, "memberId": &a.MemberID, "memberHash": &a.MemberHash, "visitorToken": &a.VisitorToken, "platform": &a.Platform} {
		*into, _ = all[key].(string)
	}
	a.At = all["at"]
	return a
}

// isDevice reports whether a visit tells a field of its device.
func (w *world) isDevice(key string) bool {
	f := w.fields[key]
	counted := strings.HasSuffix(key, "essionsCount") || strings.HasSuffix(key, "astSeenAt")
	return f != nil && f.system && !counted && !slices.Contains([]string{"id", "memberId", "member", "name", "createdAt", "updatedAt"}, key)
}

// arrives reads a body: who, and what it wants of the fields that the way in
// takes; everything else is a fault.
func (w *world) arrives(body string, envelope []string, takes func(key string) bool) (a arrival, wishes []wish, faults []string) {
	a = readArrival(body)
	var all map[string]any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		return a, nil, []string{"bad_request"}
	}
	for _, key := range envelope {
		delete(all, key)
	}
	for key := range all {
		_, isField := w.fields[key]
		switch group := strings.Split(key, ".")[0]; {
		case key == "profileOnce" && takes("profile.name"), key == "profile" && takes("profile.name"), takes(key):
		case (group == "web" || group == "mobile") && takes("web.os"):
		case isField || w.isGroup(key) || slices.Contains([]string{"id", "memberId"}, key):
			faults = append(faults, "read_only")
			delete(all, key)
		}
	}
	wanted, wrong := w.read(text(all))
	for _, one := range wanted {
		if !takes(one.key) && !strings.HasPrefix(one.key, "profile.") {
			wrong = append(wrong, "read_only")
		}
	}
	if a.Platform != "" && a.Platform != "web" && a.Platform != "mobile" {
		wrong = append(wrong, "invalid_value")
	}
	return a, wanted, append(faults, wrong...)
}

// when is the moment of a visit, never later than now.
func (w *world) when(at any) int64 {
	if given, ok := at.(float64); ok {
		return min(int64(given), w.now)
	}
	return w.now
}

// late: a visit that tells nothing new of its platform.
func late(p *person, platform string, at int64) bool {
	last, ok := p.values[platform+".lastSeenAt"].(float64)
	return ok && at <= int64(last)
}

// visit is the rule of sessions.
func (w *world) visit(p *person, values map[string]any, platform string, at int64) (moved bool) {
	if platform == "" || late(p, platform, at) {
		return false
	}
	last, seen := values[platform+".lastSeenAt"].(float64)
	if !seen || at-int64(last) > 30*60*1000 {
		for _, key := range []string{platform + ".sessionsCount", "sessionsCount"} {
			n, _ := values[key].(float64)
			values[key] = n + 1
		}
	}
	values[platform+".lastSeenAt"] = float64(at)
	if latest, ok := values["lastSeenAt"].(float64); !ok || latest < float64(at) {
		values["lastSeenAt"] = float64(at)
	}
	if w.here(p.id) == nil {
		values["createdAt"] = float64(at)
	}
	return true
}

// ownerOf is the customer whom a visitor token is of; nil where it is none, or
// the customer is not there any more.
func (k *trial) ownerOf(token string) (named string, p *person) {
	for _, bound := range k.labels {
		if token != "" && bound.token == token {
			return bound.id, k.world.here(k.world.final(bound.id))
		}
	}
	return "", nil
}

// merge makes an anonymous customer part of a member: the member's values win,
// tags join, opt-outs hold, the earlier write-once value stays, sessions add.
func (w *world) merge(from, into *person) {
	before := maps.Clone(into.values)
	for key, theirs := range from.values {
		f := w.fields[key]
		if f == nil || key == "member" || key == "updatedAt" {
			continue
		}
		own, have := into.values[key]
		number := func(v any) float64 { n, _ := v.(float64); return n }
		switch {
		case isOptOut(key):
			switch {
			case own == true && theirs == true:
				into.since[key] = min(into.since[key], from.since[key])
			case theirs == true || !have && into.since[key] == 0:
				into.values[key], into.since[key] = theirs, from.since[key]
			}
		case f.once:
			if !have || from.since[key] < into.since[key] {
				into.values[key], into.since[key] = theirs, from.since[key]
			}
		case !have:
			into.values[key] = theirs
		case key == "tags":
			list := slices.Clone(own.([]string))
			for _, tag := range theirs.([]string) {
				if !slices.ContainsFunc(list, func(one string) bool { return fold(one) == fold(tag) }) {
					list = append(list, tag)
				}
			}
			into.values[key] = list
		case strings.HasSuffix(key, "essionsCount"):
			into.values[key] = number(own) + number(theirs)
		case key == "createdAt":
			into.values[key] = min(number(own), number(theirs))
		case strings.HasSuffix(key, "astSeenAt"):
			into.values[key] = max(number(own), number(theirs))
		}
	}
	into.values["updatedAt"] = float64(w.now)
	into.history = append(into.history, from.history...) // one person, one history
	slices.SortFunc(into.history, func(a, b entry) int { return a.number - b.number })
	w.note(into, "updated", "merge", before, into.values)
	for _, month := range w.active { // one person, counted once
		if month[from.id] {
			delete(month, from.id)
			month[into.id] = true
		}
	}
	w.count(into.id)
	from.merged = into.id
	w.people[from.id], w.people[into.id] = from, into
}

// boot is decided on copies, so that a refusal leaves nothing.
func (k *trial) boot(s step) string {
	body := k.sign(k.resolve(s.body))
	got := k.ask(s.by, "POST", "/v1/boot", body)
	id, _ := got.body["id"].(string)
	w := k.world
	a, wishes, faults := w.arrives(body, []string{"memberId", "memberHash", "visitorToken", "platform", "at"},
		func(key string) bool {
			return key == "name" || isOptOut(key) || w.isDevice(key) || strings.HasPrefix(key, "profile.")
		})
	if a.MemberID == "" && slices.ContainsFunc(wishes, func(one wish) bool { return one.key == "name" }) {
		faults = append(faults, "read_only")
	}
	if s.by == byPage && a.MemberID != "" && a.MemberHash != k.memberHash(a.MemberID) {
		return compareOutcome(got, "bad_member_hash", "")
	}
	if s.by == byPage && a.Platform == "" {
		a.Platform = "web"
	}
	_, visitor := k.ownerOf(a.VisitorToken)
	who, fresh, from := visitor, false, (*person)(nil)
	if a.MemberID != "" {
		who = w.holder(a.MemberID)
		if anonymous := visitor != nil && visitor.values["memberId"] == nil; anonymous && who == nil {
			who = visitor
		} else if anonymous {
			from = visitor.clone()
		}
	}
	if who == nil {
		if w.people[id] != nil {
			return fmt.Sprintf("boot: the new customer has the id %s, which is taken", id)
		}
		who, fresh = newPerson(id), true
	}
	before := w.people
	w.people = maps.Clone(before)
	active := w.active
	w.active = map[string]map[string]bool{}
	for month, ids := range active {
		w.active[month] = maps.Clone(ids)
	}
	who = who.clone()
	if from != nil {
		w.merge(from, who)
	}
	status, code := w.arrived(who, a, wishes, faults, manner{ingests: true, quietly: s.by == byPage}, "boot")
	switch {
	case code != "":
		w.people, w.active = before, active
	case from != nil && status == "unchanged":
		status = "updated"
	}
	if diff := compareOutcome(got, code, ""); diff != "" || code != "" {
		return diff
	}
	if id != who.id {
		return fmt.Sprintf("boot: the customer is %s, want %s (new: %v)", id, who.id, fresh)
	}
	return k.arrivedAt(s, got, id, status)
}

// arrived writes what a boot or a touch brings.
func (w *world) arrived(p *person, a arrival, wishes []wish, faults []string, m manner, cause string) (status, code string) {
	at := w.when(a.At)
	if a.Platform != "" && late(p, a.Platform, at) {
		wishes = slices.DeleteFunc(wishes, func(one wish) bool { return w.isDevice(one.key) })
	}
	next, profile, code := w.write(p.values, wishes, faults, m)
	if code != "" {
		return "", code
	}
	if a.MemberID != "" && next["memberId"] == nil {
		next["memberId"] = a.MemberID
	}
	moved := w.visit(p, next, a.Platform, at)
	return w.settle(p, next, moved || profile, cause, nil), ""
}

// arrivedAt compares the answer to a way in, which tells a page an id and a
// token and nothing else.
func (k *trial) arrivedAt(s step, got reply, id, status string) string {
	k.keep(s, id, got)
	if s.by == byPage {
		if got.body["id"] == nil || got.body["visitorToken"] == nil || len(got.body) != 2 {
			return fmt.Sprintf("a page is told %s", got.raw)
		}
	} else if got.body["status"] != status {
		return fmt.Sprintf("status %v, want %s: %s", got.body["status"], status, got.raw)
	}
	for other, p := range k.world.people {
		if p.merged == id {
			if diff := k.compareCustomer(other); diff != "" {
				return diff
			}
		}
	}
	return k.compareCustomer(id)
}

func (k *trial) touch(s step) string {
	id, body := k.resolve(s.on), k.resolve(s.body)
	got := k.ask(s.by, "POST", customerURL(id)+"/touch", body)
	w := k.world
	a, wishes, faults := w.arrives(body, []string{"visitorToken", "platform", "at"}, w.isDevice)
	if a.Platform == "" {
		faults = append(faults, "invalid_value")
	}
	who := w.here(w.final(id))
	status, code := "", ""
	if _, _, code = w.write(nil, nil, faults, manner{}); code == "" {
		named, visitor := k.ownerOf(a.VisitorToken)
		switch {
		case s.by == byPage && named != id && (visitor == nil || visitor != who):
			code = "bad_visitor_token"
		case who == nil:
			code = "not_found"
		default:
			status, code = w.arrived(who.clone(), a, wishes, nil, manner{ingests: true, quietly: s.by == byPage}, "touch")
		}
	}
	if diff := compareOutcome(got, code, ""); diff != "" || code != "" {
		return diff
	}
	return k.arrivedAt(s, got, who.id, status)
}

func (k *trial) form(s step) string {
	body := k.resolve(s.body)
	got := k.ask(s.by, "POST", "/v1/forms", body)
	w := k.world
	a, wishes, faults := w.arrives(body, []string{"id", "memberId", "visitorToken"}, func(key string) bool { return strings.HasPrefix(key, "profile.") })
	named, visitor := k.ownerOf(a.VisitorToken)
	names := 0
	for _, name := range []string{a.ID, a.MemberID, a.VisitorToken} {
		if name != "" {
			names++
		}
	}
	who := visitor
	switch {
	case a.ID != "":
		who = w.here(w.final(a.ID))
	case a.MemberID != "":
		who = w.holder(a.MemberID)
	}
	status := ""
	_, _, code := w.write(nil, nil, faults, manner{})
	switch {
	case code != "":
	case s.by == byPage && a.MemberID != "", s.by != byPage && names != 1:
		code = "bad_request"
	case s.by == byPage && (named == "" || a.ID != "" && a.ID != named && (visitor == nil || visitor != who)):
		code = "bad_visitor_token"
	case who == nil:
		code = "not_found"
	default:
		p := who.clone()
		var next map[string]any
		var moved bool
		if next, moved, code = w.write(p.values, wishes, nil, manner{ingests: true, quietly: s.by == byPage}); code == "" {
			status = w.settle(p, next, moved, "form", nil)
		}
	}
	if diff := compareOutcome(got, code, ""); diff != "" || code != "" {
		return diff
	}
	return k.arrivedAt(s, got, who.id, status)
}

// sign fills in the member hash where a body has the text "right" for it.
func (k *trial) sign(body string) string {
	a := readArrival(body)
	return strings.Replace(body, `"memberHash":"right"`, `"memberHash":"`+k.memberHash(a.MemberID)+`"`, 1)
}
