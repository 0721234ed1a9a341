package store

import (
	"errors"
	"fmt"

	"meibo/dsl/schema"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("store: not found")
	// ErrDeleted is ErrNotFound for a customer that was there and was deleted.
	ErrDeleted = fmt.Errorf("%w: deleted", ErrNotFound)
	// ErrNotDeleted: what is to be undeleted is there.
	ErrNotDeleted = errors.New("store: the customer is not deleted")
	ErrClosed     = errors.New("store: closed")
	// ErrReadOnly: a commit failed, so nobody knows what of it is on disk.
	// Reading goes on; writing is refused until the store is opened again.
	ErrReadOnly = errors.New("store: read-only after a failed write; restart meibo and run `meibo check`")
	// ErrTrimmed: the change log no longer reaches back so far.
	ErrTrimmed error = trimmedError{}
	// ErrTxDone: a Tx was used after its Update had returned.
	ErrTxDone = errors.New("store: the transaction is over")
)

// trimmedError has a method by which the indexer, which does not import this
// package, knows it.
type trimmedError struct{}

func (trimmedError) Error() string {
	return "store: the change log was trimmed; read all customers instead"
}

// Trimmed reports that a follower of the log has to start afresh.
func (trimmedError) Trimmed() bool { return true }

// A MemberTakenError says that another customer has the memberId.
type MemberTakenError struct {
	MemberID string
	ID       string // the customer that has it
}

func (e *MemberTakenError) Error() string {
	return fmt.Sprintf("store: the memberId %q belongs to the customer %q", e.MemberID, e.ID)
}

// A MergedError is ErrNotFound for a customer that has become part of another.
type MergedError struct {
	ID     string
	Target string // the id of the customer that it is part of now
}

func (e *MergedError) Error() string {
	return fmt.Sprintf("store: the customer %q was merged into %q", e.ID, e.Target)
}

func (e *MergedError) Unwrap() error { return ErrNotFound }

// An ErasedError is ErrNotFound for a customer that was erased for good. Its id
// never comes back.
type ErasedError struct{ ID string }

func (e *ErasedError) Error() string { return fmt.Sprintf("store: the customer %q was erased", e.ID) }

func (e *ErasedError) Unwrap() error { return ErrNotFound }

// A CorruptError names the value whose bytes are not those that were written.
type CorruptError struct {
	Bucket string // "" when the file's own structure is damaged
	Key    []byte
	Reason string
}

func (e *CorruptError) Error() string {
	if e.Bucket == "" {
		return "store: the file is damaged: " + e.Reason
	}
	return fmt.Sprintf("store: damaged value in bucket %s, key %x (%q): %s", e.Bucket, e.Key, e.Key, e.Reason)
}

// A LockedError says that another process has the data folder open.
type LockedError struct{ Folder string }

func (e *LockedError) Error() string { return e.Words().EN }

// Words is the error for people, one line in each language.
func (e *LockedError) Words() schema.Words {
	return schema.Words{
		JA: fmt.Sprintf("データフォルダ %s は別の meibo が使用中です。終了するか、--server URL でその meibo に依頼してください。", e.Folder),
		EN: fmt.Sprintf("another meibo is using the data folder %s: stop it, or ask it with --server URL", e.Folder),
	}
}

// A FormatError says that this program does not know the file's format.
type FormatError struct {
	File  string
	Found uint64 // 0: not a file of meibo
	Known uint64 // the newest version that this program knows
}

func (e *FormatError) Error() string { return e.Words().EN }

// Words is the error for people, one line in each language.
func (e *FormatError) Words() schema.Words {
	if e.Found == 0 {
		return schema.Words{
			JA: fmt.Sprintf("%s は meibo のデータファイルではありません。", e.File),
			EN: e.File + " is not a data file of meibo",
		}
	}
	return schema.Words{
		JA: fmt.Sprintf("%s の形式はバージョン %d です。この meibo が読めるのは %d までなので、新しい meibo を使ってください。", e.File, e.Found, e.Known),
		EN: fmt.Sprintf("%s has format version %d and this meibo reads up to %d: use a newer meibo", e.File, e.Found, e.Known),
	}
}
