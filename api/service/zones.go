package service

import (
	"fmt"
	"sync"
	"time"
)

// zones are the time zones by name, each loaded once: reading one takes longer
// than to answer many questions, and what is compiled in a zone is known again
// by its pointer. Only zones that exist are kept, some 600. The zero value is
// ready; safe for concurrent use.
type zones struct{ byName sync.Map } // of *time.Location

// load finds a zone by its IANA name. "Local" is the server's own zone, which
// no answer may depend on.
func (z *zones) load(name string) (*time.Location, error) {
	if known, ok := z.byName.Load(name); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, fmt.Errorf("no time zone %q", name)
	}
	first, _ := z.byName.LoadOrStore(name, zone)
	return first.(*time.Location), nil
}
