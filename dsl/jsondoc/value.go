package jsondoc

import (
	"strconv"
	"strings"
)

// The bounds of one document. A filter's tree of the greatest depth is an
// object and an array for each of 132 nodes.
const (
	MaxBytes  = 3 << 19 // 1.5 MiB
	MaxDepth  = 300     // objects and arrays inside one another
	MaxValues = 200_000
)

// Kind is the JSON type of a value.
type Kind uint8

const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// A Value is one JSON value. It is not changed once it is read.
type Value struct {
	Kind  Kind
	Name  string  // of a member of an object
	Text  string  // of a String its content, of a Number its digits, of a Bool true or false
	Items []Value // elements of an Array, members of an Object, in their order
}

// Member finds a member of an object; nil when there is none.
func (v *Value) Member(name string) *Value {
	if v.Kind != Object {
		return nil
	}
	for i := range v.Items {
		if v.Items[i].Name == name {
			return &v.Items[i]
		}
	}
	return nil
}

// Child is the pointer of a member of what at points to.
func Child(at, name string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// Element is the pointer of an element of what at points to.
func Element(at string, i int) string { return at + "/" + strconv.Itoa(i) }
