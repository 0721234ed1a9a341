package bleveindex

import (
	"fmt"
	"runtime/debug"

	"meibo/index"
)

// recovered turns a panic into an error that wraps index.ErrDamaged. Bleve
// panics on damaged files and after failed writes; every way into it is
// guarded: defer recovered(&err), first in the function that enters.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("bleveindex: panic: %v\n%s: %w", r, debug.Stack(), index.ErrDamaged)
	}
}

// damaged says what does not hold in the folder of an index.
func damaged(dir, format string, args ...any) error {
	return fmt.Errorf("bleveindex: %s: %s: %w", dir, fmt.Sprintf(format, args...), index.ErrDamaged)
}
