package store

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// The buckets. FORMAT.md says what each holds.
const (
	bucketMeta        = "meta"
	bucketCustomers   = "customers"
	bucketIDs         = "ids"
	bucketMembers     = "members"
	bucketNumbers     = "fieldNumbers"
	bucketFields      = "fields"
	bucketSegments    = "segments"
	bucketTokens      = "tokens"
	bucketLog         = "log"
	bucketIdempotency = "idempotency"
	bucketAges        = "idempotencyAges"
	bucketHistory     = "history"
	bucketActive      = "active"
	bucketVersions    = "segmentVersions"
	bucketSessions    = "sessions"
	bucketSecrets     = "secrets"
	bucketJobs        = "jobs"
	bucketSelections  = "selections"
	bucketAudit       = "audit"
	bucketErased      = "erased"
)

func bucketNames() []string {
	return []string{bucketMeta, bucketCustomers, bucketIDs, bucketMembers, bucketNumbers, bucketFields,
		bucketSegments, bucketTokens, bucketLog, bucketIdempotency, bucketAges, bucketHistory, bucketActive, bucketVersions,
		bucketSessions, bucketSecrets, bucketJobs, bucketSelections, bucketAudit, bucketErased}
}

// checksumSize is the length of the CRC-32C that ends every value.
const checksumSize = 4

// castagnoli has an instruction of its own on amd64 and arm64: a record's
// checksum costs tens of nanoseconds.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers the key too, so that a value under another's key is noticed.
func checksum(key, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, body)
}

// A table is a bucket whose values are sealed with a checksum.
type table struct {
	name   string
	bucket *bolt.Bucket
	cursor *bolt.Cursor // for get: bbolt would make one for each look-up, with a stack that grows
}

func tableOf(btx *bolt.Tx, name string) (table, error) {
	b := btx.Bucket([]byte(name))
	if b == nil {
		return table{}, &CorruptError{Bucket: name, Reason: "the bucket is missing"}
	}
	return table{name: name, bucket: b, cursor: b.Cursor()}, nil
}

// get is the body under a key, nil when there is none. It points into the
// file's mapping: valid until the transaction ends, never to be changed.
func (t table) get(key []byte) ([]byte, error) {
	found, v := t.cursor.Seek(key) // from the root, whatever was written since
	if v == nil || !bytes.Equal(found, key) {
		return nil, nil
	}
	return t.unseal(key, v)
}

func (t table) unseal(key, value []byte) ([]byte, error) {
	n := len(value) - checksumSize
	if n < 0 {
		return nil, t.corrupt(key, "shorter than its checksum")
	}
	if binary.LittleEndian.Uint32(value[n:]) != checksum(key, value[:n]) {
		return nil, t.corrupt(key, "the checksum does not fit")
	}
	return value[:n:n], nil
}

// put seals and stores a body. It takes the body over: bbolt refers to it
// until the commit.
func (t table) put(key, body []byte) error {
	return t.bucket.Put(key, binary.LittleEndian.AppendUint32(body, checksum(key, body)))
}

// each yields every key and body in the order of the keys.
func (t table) each(yield func(key, body []byte) error) error {
	c := t.bucket.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		body, err := t.unseal(k, v)
		if err != nil {
			return err
		}
		if err := yield(k, body); err != nil {
			return err
		}
	}
	return nil
}

func (t table) corrupt(key []byte, reason string) *CorruptError {
	return &CorruptError{Bucket: t.name, Key: append([]byte(nil), key...), Reason: reason}
}

// numberKey writes a number as a key: big endian, so that keys sort.
func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func keyNumber(key []byte) (n uint64, ok bool) {
	if len(key) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key), true
}

// number is a value that is a single number.
func (t table) number(key []byte) (n uint64, found bool, err error) {
	body, err := t.get(key)
	if body == nil || err != nil {
		return 0, false, err
	}
	n, size := binary.Uvarint(body)
	if size != len(body) {
		return 0, false, t.corrupt(key, "not a number")
	}
	return n, true, nil
}

func (t table) putNumber(key []byte, n uint64) error {
	return t.put(key, binary.AppendUvarint(nil, n))
}
