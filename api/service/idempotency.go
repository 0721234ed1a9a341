package service

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"meibo/store"
)

// A Repeat makes a write idempotent: the same caller sending the same request
// under the same key gets the first answer again and nothing is written twice.
// The store keeps answers for 24 hours. An empty Key asks for nothing.
type Repeat struct {
	Caller string // whose keys these are: two callers' keys never meet
	Key    string
}

// MaxIdempotencyKey bounds Repeat.Key, in bytes.
const MaxIdempotencyKey = 200

// A transact is one of the store's two ways to write: Update, or UpdateGrouped
// for a write of a few customers.
type transact func(context.Context, func(*store.Tx) error) (seq uint64, err error)

// once runs a write in a transaction, or gives the answer that the same
// request had before. The answer is kept in the same transaction as the write.
// request is what must be the same: the operation, its target and its body.
// before is the seq of the last write that the transaction sees. write may run
// more than once (see store.UpdateGrouped): it changes nothing but tx.
func once[A any](ctx context.Context, update transact, r Repeat, request [32]byte, write func(tx *store.Tx, before uint64) (A, error)) (answer A, err error) {
	if err := r.validate(); err != nil {
		return answer, err
	}
	_, err = update(ctx, func(tx *store.Tx) error {
		kept, again, err := recall[A](tx, r, request)
		if err != nil || again {
			answer = kept
			return err
		}
		if answer, err = write(tx, tx.Seq()); err != nil || r.Key == "" {
			return err
		}
		result, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("keep the answer of an idempotent write: %w", err)
		}
		return tx.Remember(r.storeKey(), request, result)
	})
	return answer, refuseStore(err)
}

// refuseStore tells a store that does not write any more from other faults.
func refuseStore(err error) error {
	if !errors.Is(err, store.ErrReadOnly) {
		return err
	}
	e := refuse(CodeStoreReadOnly, "ディスクへの書き込みに失敗したため、書き込みを停止しています。管理者に知らせてください。",
		"writing has stopped because the disk failed to take a write; tell the server's administrator")
	e.cause = err
	return e
}

func recall[A any](tx *store.Tx, r Repeat, request [32]byte) (answer A, again bool, err error) {
	if r.Key == "" {
		return answer, false, nil
	}
	before, result, ok := tx.Recall(r.storeKey())
	switch {
	case !ok:
		return answer, false, nil
	case before != request:
		return answer, false, refuse(CodeKeyReused,
			"この Idempotency-Key は別の内容のリクエストで使われています。新しいキーを使ってください。",
			"this Idempotency-Key was used for a different request; use a new key")
	}
	if len(result) == 0 {
		return answer, false, refuse(CodeGone, "このリクエストはすでに実行されました。その顧客が消去されたため、回答は残っていません。",
			"this request was carried out before; its answer is gone, because a customer in it was erased")
	}
	if err := json.Unmarshal(result, &answer); err != nil {
		return answer, false, fmt.Errorf("read the kept answer of an idempotent write: %w", err)
	}
	return answer, true, nil
}

func (r Repeat) storeKey() string { return r.Caller + "\x00" + r.Key }

func (r Repeat) validate() error {
	if len(r.Key) <= MaxIdempotencyKey && utf8.ValidString(r.Key) {
		return nil
	}
	return refuseParameter("Idempotency-Key", "too_long",
		fmt.Sprintf("Idempotency-Key は %d バイトまでの UTF-8 です。", MaxIdempotencyKey),
		fmt.Sprintf("Idempotency-Key is UTF-8 of at most %d bytes", MaxIdempotencyKey))
}

// fingerprint is the sameness of requests: operation, target, conditions and
// body, each with its length so that no two requests run together.
func fingerprint(parts ...[]byte) [32]byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}
