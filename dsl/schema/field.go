package schema

import (
	_ "embed"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Keys that the program itself knows by name.
const (
	IDField           = "id"
	MemberIDField     = "memberId"
	MemberField       = "member"
	TagsField         = "tags"
	NameField         = "name"
	LastSeenField     = "lastSeenAt"
	CreatedAtField    = "createdAt"
	UpdatedAtField    = "updatedAt"
	EmailField        = "profile.email"
	MobileNumberField = "profile.mobileNumber"
	ProfileNameField  = "profile.name"
	ProfilePrefix     = "profile."
)

// QuickFields are the fields that quick search reads, in the order in which
// they are described to people. profile.mobileNumber also matches by digits.
func QuickFields() []string {
	return []string{NameField, ProfileNameField, EmailField, MobileNumberField, MemberIDField, IDField}
}

// Format refines a String field: how its text is compared or shown.
type Format string

// The formats; "" is plain text.
const (
	FormatPhone   Format = "phone"   // compared in E.164, see PhoneForms
	FormatEmail   Format = "email"   // compared as text
	FormatURL     Format = "url"     // compared as text
	FormatVersion Format = "version" // text; version("…") orders it
)

// Write says who may write a field.
type Write string

const (
	WriteSystem  Write = "system"     // ingestion only
	WriteManager Write = "manager"    // people and API clients
	WriteOnce    Write = "write-once" // the first value that is not blank stays
)

// Words is one text in the two languages of the product.
type Words struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// A Field is a key of a record, with its kind and how it is shown and written.
type Field struct {
	Key         string `json:"key"`
	Kind        Kind   `json:"kind"`
	Format      Format `json:"format,omitempty"`
	Labels      Words  `json:"labels"`
	Description Words  `json:"description"`
	Write       Write  `json:"write"`
	Hidden      bool   `json:"hidden"`
	Archived    bool   `json:"archived"`

	// Choices are the elements that a List field offers, in their order; others
	// are taken all the same. Empty: it offers none.
	Choices []string `json:"choices,omitempty"`
	// Roles are those that see the field beside the owner, who sees every one;
	// empty: everybody; "owner": nobody else.
	Roles []string `json:"roles,omitempty"`
	// ConvertedFrom is the key of the field from whose values this one was
	// filled; "" for all others.
	ConvertedFrom string `json:"convertedFrom,omitempty"`
	// CreatedAt is when a profile field was added, in epoch milliseconds; 0 for
	// the fields that every workspace starts with.
	CreatedAt int64 `json:"createdAt,omitempty"`
}

// IsProfile reports whether the field is a profile field (and so can be added,
// changed and archived) rather than a primitive one.
func (f Field) IsProfile() bool { return strings.HasPrefix(f.Key, ProfilePrefix) }

// Collects reports whether the field takes values: a hidden one does not,
// unless the rules themselves go by it, as sessions and opt-outs do.
func (f Field) Collects() bool { return !f.Hidden || slices.Contains(ruleFields(), f.Key) }

// ruleFields are those that are kept though they are hidden: hiding them only
// stops them from being shown.
func ruleFields() []string {
	return []string{IDField, MemberIDField, MemberField, CreatedAtField, UpdatedAtField, LastSeenField, TagsField,
		"sessionsCount", "web.sessionsCount", "web.lastSeenAt", "mobile.sessionsCount", "mobile.lastSeenAt",
		"unsubscribeEmail", "unsubscribeTexting"}
}

// Fields is the set of a workspace's fields in their display order, with the
// region that phone numbers without a country code belong to. It is immutable
// and safe for concurrent use.
type Fields struct {
	Region string // ISO 3166 two-letter code, "JP" unless set otherwise
	list   []Field
	byKey  map[string]int
	lower  map[string]int // keys in lower case: they are unique without regard to case
	layout *Layout        // of all of them
}

// DefaultRegion is the phone region of a new workspace.
const DefaultRegion = "JP"

// NewFields builds a set. It refuses a key twice (without regard to case), a
// key that the language could not name, and a kind that does not exist.
func NewFields(region string, list []Field) (*Fields, error) {
	fs := &Fields{Region: region, list: slices.Clone(list), byKey: make(map[string]int, len(list)), lower: make(map[string]int, len(list))}
	for i, f := range fs.list {
		if err := checkKey(f.Key); err != nil {
			return nil, err
		}
		if f.Kind < Boolean || f.Kind > List {
			return nil, fmt.Errorf("field %s: no such kind %d", f.Key, f.Kind)
		}
		if j, twice := fs.lower[strings.ToLower(f.Key)]; twice {
			return nil, fmt.Errorf("field %s: the key is taken by %s", f.Key, fs.list[j].Key)
		}
		fs.byKey[f.Key] = i
		fs.lower[strings.ToLower(f.Key)] = i
	}
	fs.layout = layoutOf(fs.list, nil)
	return fs, nil
}

// Lookup finds a field by its exact key.
func (fs *Fields) Lookup(key string) (Field, bool) {
	i, ok := fs.byKey[key]
	if !ok {
		return Field{}, false
	}
	return fs.list[i], true
}

// LookupAnyCase finds a field by its key without regard to case.
func (fs *Fields) LookupAnyCase(key string) (Field, bool) {
	i, ok := fs.lower[strings.ToLower(key)]
	if !ok {
		return Field{}, false
	}
	return fs.list[i], true
}

// All yields the fields in display order.
func (fs *Fields) All() iter.Seq[Field] { return slices.Values(fs.list) }

// Len counts the fields.
func (fs *Fields) Len() int { return len(fs.list) }

// MaxActiveFields bounds a workspace's profile fields that are in use: those
// that are not archived. Hidden ones count, since showing one again must not
// fail.
const MaxActiveFields = 300

// Active counts the profile fields that are not archived.
func (fs *Fields) Active() int {
	n := 0
	for _, f := range fs.list {
		if f.IsProfile() && !f.Archived {
			n++
		}
	}
	return n
}

// With is a copy of the set with more fields at its end.
func (fs *Fields) With(more ...Field) (*Fields, error) {
	return NewFields(fs.Region, append(slices.Clone(fs.list), more...))
}

// Only is the set of the fields that keep chooses, in the same order.
func (fs *Fields) Only(keep func(Field) bool) *Fields {
	var kept []Field
	for _, f := range fs.list {
		if keep(f) {
			kept = append(kept, f)
		}
	}
	only, err := NewFields(fs.Region, kept)
	if err != nil {
		panic(err) // they are of a set that was made: none is wrong or twice
	}
	return only
}

// MaxKeyLength bounds a profile field's key after "profile.", in characters.
const MaxKeyLength = 64

// CheckProfileKey says why a key cannot be a profile field's, or nil.
func CheckProfileKey(key string) error {
	name, ok := strings.CutPrefix(key, ProfilePrefix)
	if !ok || strings.Contains(name, ".") {
		return fmt.Errorf("field key %q: it has the form profile.NAME", key)
	}
	if len(name) > MaxKeyLength {
		return fmt.Errorf("field key %q: at most %d characters after %q", key, MaxKeyLength, ProfilePrefix)
	}
	return checkKey(key)
}

func checkKey(key string) error {
	for part := range strings.SplitSeq(key, ".") {
		for i, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
				return fmt.Errorf("field key %q: each part is ASCII letters, digits and underscore, a letter first", key)
			}
		}
		if part == "" {
			return fmt.Errorf("field key %q: a part is empty", key)
		}
	}
	return nil
}

// Initial finds the field of a key among those that every workspace starts
// with. The program goes by their kinds (quick search reads text, say), also
// after one was deleted and added again.
func Initial(key string) (Field, bool) {
	list := InitialFields()
	i := slices.IndexFunc(list, func(f Field) bool { return f.Key == key })
	if i < 0 {
		return Field{}, false
	}
	return list[i], true
}

//go:embed fields.tsv
var initialFields string

// InitialFields are the 29 primitive and 11 profile fields that every
// workspace starts with, in their first display order.
func InitialFields() []Field {
	var list []Field
	for i, line := range strings.Split(strings.TrimSpace(initialFields), "\n") {
		if i == 0 {
			continue // the header
		}
		c := strings.Split(line, "\t")
		kind, err := ParseKind(c[3])
		if err != nil {
			panic("schema: fields.tsv, line " + fmt.Sprint(i+1) + ": " + err.Error()) // a fault of the build, caught by its test
		}
		list = append(list, Field{
			Key: c[0], Kind: kind, Format: Format(c[4]), Labels: Words{JA: c[1], EN: c[2]},
			Description: Words{EN: c[6]}, Write: Write(c[5]),
		})
	}
	return list
}
