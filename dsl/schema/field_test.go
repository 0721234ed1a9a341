package schema

import (
	"slices"
	"strings"
	"testing"
)

func TestInitialFields(t *testing.T) {
	list := InitialFields()
	primitive, profile := 0, 0
	for _, f := range list {
		if f.IsProfile() {
			profile++
		} else {
			primitive++
		}
		if f.Labels.JA == "" || f.Labels.EN == "" {
			t.Errorf("%s has no labels: %+v", f.Key, f.Labels)
		}
		if f.Write != WriteSystem && f.Write != WriteManager && f.Write != WriteOnce {
			t.Errorf("%s: write policy %q", f.Key, f.Write)
		}
		editable := []string{TagsField, "unsubscribeEmail", "unsubscribeTexting"}
		if !f.IsProfile() && (f.Write == WriteManager) != slices.Contains(editable, f.Key) {
			t.Errorf("%s can be written by %q", f.Key, f.Write)
		}
		once := f.Key == "profile.referrer" || strings.HasPrefix(f.Key, "profile.utm")
		if f.IsProfile() && (f.Write == WriteOnce) != once {
			t.Errorf("%s can be written by %q", f.Key, f.Write)
		}
		if f.Hidden || f.Archived {
			t.Errorf("%s is hidden or archived", f.Key)
		}
	}
	if primitive != 29 || profile != 11 {
		t.Errorf("%d primitive and %d profile fields, want 29 and 11", primitive, profile)
	}
	fields := initialSet(t)
	for key, kind := range map[string]Kind{
		IDField: String, MemberIDField: String, MemberField: Boolean, TagsField: List, NameField: String, LastSeenField: Date, CreatedAtField: Date,
		UpdatedAtField: Date, EmailField: String, MobileNumberField: String, ProfileNameField: String, "sessionsCount": Number, "web.sessionsCount": Number,
	} {
		if f, ok := fields.Lookup(key); !ok || f.Kind != kind {
			t.Errorf("%s is %+v", key, f)
		}
	}
	for _, key := range QuickFields() {
		if f, ok := fields.Lookup(key); !ok || f.Kind != String {
			t.Errorf("quick search reads %s, which is %v", key, f.Kind)
		}
	}
	if f, _ := fields.Lookup(MobileNumberField); f.Format != FormatPhone {
		t.Errorf("%s has the format %q", f.Key, f.Format)
	}
	InitialFields()[0].Key = "changed"
	if InitialFields()[0].Key != LastSeenField {
		t.Error("InitialFields gives a list that is shared")
	}
}

func TestFieldsAreFound(t *testing.T) {
	fields := initialSet(t, Field{Key: "profile.Size", Kind: Number})
	if f, ok := fields.Lookup("profile.Size"); !ok || f.Kind != Number {
		t.Errorf("profile.Size: %+v, %v", f, ok)
	}
	if _, ok := fields.Lookup("profile.size"); ok {
		t.Error("Lookup disregards case")
	}
	if f, ok := fields.LookupAnyCase("PROFILE.SIZE"); !ok || f.Key != "profile.Size" {
		t.Errorf("LookupAnyCase: %+v, %v", f, ok)
	}
	if _, ok := fields.LookupAnyCase("profile.sizes"); ok {
		t.Error("LookupAnyCase finds what is not there")
	}
	all := slices.Collect(fields.All())
	if fields.Len() != 41 || len(all) != 41 || all[40].Key != "profile.Size" || all[0].Key != LastSeenField {
		t.Errorf("%d fields, the last %s", fields.Len(), all[len(all)-1].Key)
	}
	if before := initialSet(t); before.Len() != 40 {
		t.Errorf("%d initial fields", before.Len())
	}
}

func TestNewFieldsRefuses(t *testing.T) {
	for name, list := range map[string][]Field{
		"a key twice":                 {{Key: "a", Kind: String}, {Key: "a", Kind: Number}},
		"a key twice in other case":   {{Key: "profile.a", Kind: String}, {Key: "profile.A", Kind: String}},
		"no key":                      {{Key: "", Kind: String}},
		"an empty part":               {{Key: "profile.", Kind: String}},
		"an empty part in the middle": {{Key: "a..b", Kind: String}},
		"a digit first":               {{Key: "profile.1a", Kind: String}},
		"an underscore first":         {{Key: "profile._a", Kind: String}},
		"a dash":                      {{Key: "profile.a-b", Kind: String}},
		"a space":                     {{Key: "a b", Kind: String}},
		"kanji":                       {{Key: "profile.名前", Kind: String}},
		"a backtick":                  {{Key: "profile.a`b", Kind: String}},
		"no kind":                     {{Key: "a"}},
		"a kind that does not exist":  {{Key: "a", Kind: List + 1}},
	} {
		if _, err := NewFields("JP", list); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := initialSet(t).With(Field{Key: "LASTSEENAT", Kind: String}); err == nil {
		t.Error("With takes a key that is there in other case")
	}
}

func TestCheckProfileKey(t *testing.T) {
	for _, key := range []string{"profile.a", "profile.in", "profile.a_1", "profile." + strings.Repeat("x", MaxKeyLength)} {
		if err := CheckProfileKey(key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, key := range []string{"", "a", "profile", "profile.", "profile.a.b", "web.a", "Profile.a", "profile.1", "profile.a b", "profile.é", "profile." + strings.Repeat("x", MaxKeyLength+1)} {
		if CheckProfileKey(key) == nil {
			t.Errorf("%q can be a profile field", key)
		}
	}
}

func TestRecord(t *testing.T) {
	var r Record
	if r.ID() != "" || r.Len() != 0 || !r.Get("x").IsMissing() {
		t.Errorf("the zero Record: %q, %d", r.ID(), r.Len())
	}
	r.Set("z", Num(1))
	r.Set("a", Num(2))
	r.Set(IDField, Text("me"))
	r.Set("m", Value{})
	r.Set("z", Num(3))
	var keys []string
	for key := range r.All() {
		keys = append(keys, key)
	}
	if !slices.Equal(keys, []string{"a", "id", "z"}) || r.Get("z").Num() != 3 || r.ID() != "me" {
		t.Errorf("keys %q, z %v", keys, r.Get("z"))
	}
	c := r.Clone()
	c.Set("a", Value{})
	c.Set("b", Num(4))
	if r.Len() != 3 || r.Get("a").Num() != 2 || c.Len() != 3 || !c.Get("a").IsMissing() {
		t.Errorf("the clone is not apart: %d, %d", r.Len(), c.Len())
	}
	if r.Equal(c) || !r.Equal(r.Clone()) {
		t.Error("Equal")
	}
	for range r.All() {
		break // may stop early
	}
}

// A hidden field takes no values, but for those that the rules go by.
func TestWhatIsHiddenIsNotCollected(t *testing.T) {
	kept := 0
	for _, f := range InitialFields() {
		if !f.Collects() {
			t.Errorf("%s is not hidden", f.Key)
		}
		if f.Hidden = true; f.Collects() {
			kept++
			if f.IsProfile() {
				t.Errorf("%s is hidden", f.Key)
			}
		}
	}
	if kept != len(ruleFields()) {
		t.Errorf("%d fields are kept though hidden, of %v", kept, ruleFields())
	}
}

func TestArchivedFieldsAreNotActive(t *testing.T) {
	list := InitialFields()
	fields, err := NewFields("JP", list)
	if err != nil || fields.Active() != 11 {
		t.Fatalf("%d active, %v", fields.Active(), err)
	}
	for i := range list {
		list[i].Hidden, list[i].Archived = i%2 == 0, list[i].Key == EmailField || list[i].Key == NameField
	}
	if fields, err = NewFields("JP", list); err != nil || fields.Active() != 10 {
		t.Errorf("%d active, %v", fields.Active(), err)
	}
	if f, ok := Initial("profile.utmTerm"); !ok || f.Write != WriteOnce {
		t.Errorf("%+v", f)
	}
	if _, ok := Initial("profile.UtmTerm"); ok {
		t.Error("keys are compared in another case")
	}
}
