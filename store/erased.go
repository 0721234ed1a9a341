package store

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// Of an erased customer nothing is kept but a hash of its id, under a key of
// the store: so that the id never comes back, and so that a restored backup
// can be told whom it may not bring back. Who has the file has the key too, and
// can ask of an id whether it was erased; it cannot be read back.

// An erasedEntry is the value under such a hash.
type erasedEntry struct {
	At int64 `json:"at"` // epoch milliseconds
}

// erasure is what a transaction has to know to answer whether an id was erased.
type erasure struct {
	any  bool
	keys []string // of the hashes; more than one after a backup of another file was restored
}

func erasedHash(key, id string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte("erased\x00" + id))
	return h.Sum(nil)
}

// wasErased costs nothing where nobody was, else a hash and a look-up.
func (v *view) wasErased(id string) (bool, error) {
	if v.erasure == nil {
		e, err := v.readErasure()
		if err != nil {
			return false, err
		}
		v.erasure = e
	}
	if !v.erasure.any {
		return false, nil
	}
	t, err := v.table(bucketErased)
	if err != nil {
		return false, err
	}
	for _, key := range v.erasure.keys {
		if body, err := t.get(erasedHash(key, id)); err != nil || body != nil {
			return body != nil, err
		}
	}
	return false, nil
}

func (v *view) readErasure() (*erasure, error) {
	t, err := v.table(bucketErased)
	if err != nil {
		return nil, err
	}
	first, _ := t.bucket.Cursor().First()
	if first == nil {
		return &erasure{}, nil
	}
	keys, err := v.erasureKeys()
	return &erasure{any: true, keys: keys}, err
}

// erasureKeys are the texts of all secrets under which ids were hashed, the
// store's own first.
func (v *view) erasureKeys() (keys []string, err error) {
	t, err := v.table(bucketSecrets)
	if err != nil {
		return nil, err
	}
	c := t.bucket.Cursor()
	for name, _ := c.Seek([]byte(erasureKey)); bytes.HasPrefix(name, []byte(erasureKey)); name, _ = c.Next() {
		secret, err := v.secret(SecretName(name))
		if err != nil {
			return nil, err
		}
		keys = append(keys, secret.Text)
	}
	return keys, nil
}

func (v *view) refuseErased(id string) error {
	was, err := v.wasErased(id)
	if err == nil && was {
		err = &ErasedError{ID: strings.Clone(id)}
	}
	return err
}

// An ErasedHash is what is left of an erased customer.
type ErasedHash struct {
	Hash string // 64 hexadecimal digits
	At   int64  // epoch milliseconds
}

func (tx *Tx) erasureKey() (string, error) {
	secret, err := tx.secret(erasureKey)
	if errors.Is(err, ErrNotFound) {
		secret, err = tx.newSecret(erasureKey)
	}
	return secret.Text, err
}

// keepErased notes that an id is gone for good.
func (tx *Tx) keepErased(hash []byte, at int64) error {
	t, err := tx.table(bucketErased)
	if err != nil {
		return err
	}
	tx.dirty, tx.erasure, tx.absent = true, nil, ""
	if err := t.putJSON(hash, erasedEntry{At: at}); err != nil {
		return fmt.Errorf("store: note an erasure: %w", err)
	}
	return nil
}

// erasedID checks what is kept of an erased customer.
func (c *checker) erasedID(t table, key, _ []byte) error {
	if len(key) != sha256.Size {
		return t.corrupt(key, "the key is no hash")
	}
	return t.decodeJSON(key, &erasedEntry{})
}

// notErased checks that an erased id did not come back.
func (c *checker) notErased(t table, key []byte, s stored) error {
	was, err := c.wasErased(s.record.ID())
	if err != nil {
		return nil // told where that bucket is looked at
	}
	if was {
		return t.corrupt(key, "its id was erased")
	}
	return nil
}
