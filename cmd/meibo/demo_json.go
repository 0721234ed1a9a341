package main

import "strconv"

// demoWriter appends JSON members. Its texts come from the demo's own words,
// none of which needs escaping (a test holds that), which makes it some ten
// times faster than encoding/json.
type demoWriter struct {
	b     []byte
	fresh bool // an object was opened: no comma before the next member
}

func (w *demoWriter) key(name string) {
	if !w.fresh {
		w.b = append(w.b, ',')
	}
	w.fresh = false
	w.quoted(name)
	w.b = append(w.b, ':')
}

func (w *demoWriter) quoted(s string) {
	w.b = append(append(append(w.b, '"'), s...), '"')
}

func (w *demoWriter) text(name, value string) {
	w.key(name)
	w.quoted(value)
}

func (w *demoWriter) number(name string, value int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, value, 10)
}

func (w *demoWriter) flag(name string, value bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, value)
}

func (w *demoWriter) open(name string) {
	w.key(name)
	w.b = append(w.b, '{')
	w.fresh = true
}

func (w *demoWriter) close() {
	w.b = append(w.b, '}')
	w.fresh = false
}

// appendHex writes 16 hexadecimal digits.
func appendHex(b []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[n>>shift&15])
	}
	return b
}
