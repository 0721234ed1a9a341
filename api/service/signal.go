package service

import (
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// Platforms are where a customer visits: each has a last visit and a count of
// sessions of its own.
const (
	PlatformWeb    = "web"
	PlatformMobile = "mobile"
)

// A signal is what a site, an app or a bot tells: the body of a boot, a touch
// or a form, read and checked against the fields.
type signal struct {
	id, memberID, memberHash, visitorToken, platform string

	at     schema.Value // missing: now
	data   []Edit       // of the customer: profile, name, opt-outs
	device []Edit       // of the visit: language, place, browser, app
	faults []schema.ValueError
}

// What the bodies of the three ways in take beside device data.
var (
	bootKeys  = []string{"memberId", "memberHash", "visitorToken", "platform", "at", schema.NameField, unsubscribeEmailField, unsubscribeTextingField, "profile", onceGroup}
	touchKeys = []string{"visitorToken", "platform", "at"}
	formKeys  = []string{"id", "memberId", "visitorToken", "profile", onceGroup}
)

// deviceKeys are the primitive fields that a visit tells.
var deviceKeys = []string{"language", "city", "country", "hasPushToken",
	"web.browser", "web.browserName", "web.os", "web.osName", "web.device",
	"mobile.appName", "mobile.appVersion", "mobile.os", "mobile.osName", "mobile.device"}

// readSignal reads a body that takes the given keys, and device data unless it
// is a form. The error is a refusal of JSON that cannot be read at all.
func (s *Service) readSignal(raw []byte, keys []string, device bool) (signal, error) {
	assignments, err := schema.ParseCustomer(raw)
	if err != nil {
		return signal{}, unreadableJSON(err)
	}
	fields, zone := s.collected(s.store.Fields()), s.zone()
	var g signal
	for _, a := range assignments {
		group, _, _ := strings.Cut(a.Key, ".")
		var b Body
		switch {
		case device && slices.Contains(deviceKeys, a.Key):
			b.read(a, fields, zone)
			g.device = append(g.device, b.Edits...)
		case device && (a.Key == PlatformWeb || a.Key == PlatformMobile):
			if a.Raw != nil { // null for the group tells nothing
				b.readGroup(a, fields)
			}
		case !slices.Contains(keys, group):
			b.Faults = append(b.Faults, notTaken(a.Key, fields))
		case group == "profile" || group == onceGroup || strings.Contains(a.Key, ".") || isOptOut(a.Key) || a.Key == schema.NameField:
			b.read(a, fields, zone)
			g.data = append(g.data, b.Edits...)
		default:
			s.readEnvelope(&g, a)
		}
		g.faults = append(g.faults, b.Faults...)
	}
	return g, nil
}

// notTaken is the fault of a key that a way in does not take.
func notTaken(key string, fields *schema.Fields) schema.ValueError {
	_, field := fields.Lookup(key)
	for f := range fields.All() {
		field = field || strings.HasPrefix(f.Key, key+".")
	}
	if !field {
		return UnknownField(key, fields)
	}
	return fieldFault(key, CodeReadOnly, "%s はここでは受け取りません。", "%s is not taken here")
}

// readEnvelope takes what says who and when, null as absent.
func (s *Service) readEnvelope(g *signal, a schema.Assignment) {
	var fault *schema.ValueError
	text, isText := a.Raw.(string)
	switch {
	case a.Key == "at":
		g.at, fault = schema.Coerce(schema.Field{Key: a.Key, Kind: schema.Date}, a.Raw, s.zone())
	case a.Key == schema.MemberIDField:
		g.memberID, fault = s.readMemberID(a.Raw)
	case a.Raw == nil:
	case !isText:
		wrong := fieldFault(a.Key, schema.CodeWrongKind, "%s は文字列です。", "%s is a string")
		fault = &wrong
	case a.Key == "platform":
		if g.platform = text; text != PlatformWeb && text != PlatformMobile {
			wrong := fieldFault(a.Key, codeNoPlatform, "%s は web か mobile です。", "%s is web or mobile")
			fault = &wrong
		}
	case a.Key == "id":
		g.id = text
	case a.Key == "memberHash":
		g.memberHash = text
	case a.Key == "visitorToken":
		g.visitorToken = text
	}
	if fault != nil {
		g.faults = append(g.faults, *fault)
	}
}

// codeNoPlatform is the code of a platform that is missing or none.
const codeNoPlatform = "bad_platform"

// instant is when a signal was: never later than now, and now where it does
// not say.
func (g signal) instant(now int64) int64 {
	if g.at.IsMissing() {
		return now
	}
	return min(g.at.Millis(), now)
}

// IsDeviceField reports whether a visit tells a field.
func IsDeviceField(f schema.Field) bool { return slices.Contains(deviceKeys, f.Key) }
