package schema

import "fmt"

// Kind is the type of a field's values. The set is closed.
type Kind uint8

const (
	None    Kind = iota // no value: the zero Value is missing
	Boolean             // true or false
	String              // UTF-8 text, at most MaxTextBytes
	Number              // a float64 that is finite and at most 2^53 in magnitude
	Date                // an instant: whole milliseconds since the Unix epoch
	List                // strings, in order, no two equal after folding
)

var kindNames = [...]string{None: "None", Boolean: "Boolean", String: "String", Number: "Number", Date: "Date", List: "List"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// ParseKind reads a kind's name as fields.tsv and the API write it.
func ParseKind(name string) (Kind, error) {
	for k := Boolean; k <= List; k++ {
		if kindNames[k] == name {
			return k, nil
		}
	}
	return None, fmt.Errorf("unknown kind %q: one of Boolean, String, Number, Date, List", name)
}

// MarshalText and UnmarshalText make a kind travel by its name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Kind) UnmarshalText(text []byte) error {
	parsed, err := ParseKind(string(text))
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}
