package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

func profileField(key string, kind schema.Kind) schema.Field {
	return schema.Field{Key: key, Kind: kind, Write: schema.WriteManager}
}

func putFields(t *testing.T, s *Store, fields ...schema.Field) {
	t.Helper()
	update(t, s, func(tx *Tx) error { return tx.PutFields(fields) })
}

// strip goes on until all is out and counts the steps.
func strip(t *testing.T, s *Store, key string) (steps int) {
	t.Helper()
	for done := false; !done; steps++ {
		update(t, s, func(tx *Tx) (err error) { done, err = tx.Strip(key); return err })
	}
	return steps
}

func TestADeletedFieldsValuesLeaveEveryRecord(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	putFields(t, s, profileField("profile.plan", schema.String))
	put(t, s, customer("a", "profile.plan", schema.Text("gold"), "name", schema.Text("A")), customer("gone", "profile.plan", schema.Text("old")), customer("b"))
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("gone"); return err })
	update(t, s, func(tx *Tx) error { return tx.DeleteField("profile.plan") })
	if _, there := s.Fields().Lookup("profile.plan"); there || s.Fields().Len() != 40 {
		t.Error("the field is still shown")
	}
	before, seq := mustCustomer(t, s, "b"), s.Seq()

	// Nothing writes a value any more: neither a record read before nor a new one.
	put(t, s, customer("a", "profile.plan", schema.Text("gold"), "name", schema.Text("A2")), customer("new", "profile.plan", schema.Text("x")))
	for _, id := range []string{"a", "new"} {
		if c := mustCustomer(t, s, id); !c.Record.Get("profile.plan").IsMissing() {
			t.Errorf("%s was written with %v", id, c.Record)
		}
	}
	for _, key := range []string{"profile.plan", "profile.PLAN"} {
		var leaving *LeavingError
		if _, err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutFields([]schema.Field{profileField(key, schema.Number)}) }); !errors.As(err, &leaving) {
			t.Errorf("%s can be added meanwhile: %v", key, err)
		}
	}
	if _, err := s.Update(t.Context(), func(tx *Tx) error { return tx.ForgetField("profile.plan") }); err == nil {
		t.Error("the key is free while a deleted customer has a value")
	}
	closeStore(t, s)
	s = open(t, dir, Options{}) // a restart changes nothing of this
	if left, err := s.Leaving(); err != nil || len(left) != 1 || left[0].Key != "profile.plan" || left[0].At != 0 || left[0].Of != 4 {
		t.Fatalf("%+v %v", left, err)
	}
	strip(t, s, "profile.plan")
	if b := mustCustomer(t, s, "b"); b.Seq != before.Seq || s.Seq() != seq+3 {
		t.Errorf("a customer without a value was written: seq %d, and %d in all after %d", b.Seq, s.Seq(), seq)
	}
	check(t, s)
	update(t, s, func(tx *Tx) error { return tx.ForgetField("profile.plan") })
	if left, _ := s.Leaving(); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	putFields(t, s, profileField("profile.Plan", schema.Number))
	var values int
	err := s.view(func(v *view) error {
		customers, err := v.table(bucketCustomers)
		if err != nil {
			return err
		}
		return customers.each(func(key, body []byte) error {
			c, err := v.customer(customers, key, body)
			if !c.record.Get("profile.plan").IsMissing() {
				values++
			}
			return err
		})
	})
	if err != nil || values > 0 {
		t.Errorf("%d records still have a value, %v", values, err)
	}
	check(t, s)
}

func mustCustomer(t *testing.T, s *Store, id string) Customer {
	t.Helper()
	c, err := s.Customer(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Stripping goes on where it was, step by step, also after a restart.
func TestStrippingGoesOnAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	putFields(t, s, profileField("profile.plan", schema.String))
	const customers = 2*stepWritten + 1
	update(t, s, func(tx *Tx) error {
		for i := range customers {
			if _, err := tx.Put(customer(fmt.Sprint("c", i), "profile.plan", schema.Text("x"))); err != nil {
				return err
			}
		}
		return tx.DeleteField("profile.plan")
	})
	update(t, s, func(tx *Tx) error {
		if done, err := tx.Strip("profile.plan"); done || err != nil {
			t.Errorf("after one step: %v %v", done, err)
		}
		return nil
	})
	closeStore(t, s)
	s = open(t, dir, Options{})
	if left, err := s.Leaving(); err != nil || left[0].At != stepWritten || left[0].Of != customers {
		t.Errorf("%+v %v", left, err)
	}
	if steps := strip(t, s, "profile.plan"); steps != 2 || s.Seq() != 2*customers {
		t.Errorf("%d more steps, seq %d", steps, s.Seq())
	}
	check(t, s)
}

func TestPrimitiveFieldsCannotBeDeleted(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, key := range []string{"name", "profile.none"} {
		if _, err := s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteField(key) }); err == nil {
			t.Errorf("%s was deleted", key)
		}
	}
}

func TestAKindChangesOnlyWhileNobodyHasAValue(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	putFields(t, s, profileField("profile.age", schema.String))
	change := func() error {
		_, err := s.Update(t.Context(), func(tx *Tx) error { return tx.ChangeKind(profileField("profile.age", schema.Number)) })
		return err
	}
	put(t, s, customer("a", "profile.age", schema.Text("30")), customer("gone", "profile.age", schema.Text("31")))
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("gone"); return err })
	if n, err := s.Holders("profile.age"); n != 1 || err != nil {
		t.Errorf("%d holders, %v", n, err)
	}
	var held *HeldError
	if err := change(); !errors.As(err, &held) || held.Customers != 1 {
		t.Errorf("%v", err)
	}
	put(t, s, customer("a"))
	if err := change(); err != nil {
		t.Fatal(err)
	}
	if f, _ := s.Fields().Lookup("profile.age"); f.Kind != schema.Number {
		t.Errorf("%+v", f)
	}
	err := s.view(func(v *view) error {
		_, c, err := v.find("gone")
		if !c.deleted || !c.record.Get("profile.age").IsMissing() {
			t.Errorf("the deleted customer has %v", c.record)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	check(t, s)
}

func TestOneCallSetsTheWholeOrder(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	putFields(t, s, profileField("profile.x", schema.String), profileField("profile.gone", schema.String))
	update(t, s, func(tx *Tx) error { return tx.DeleteField("profile.gone") })
	keys := func() (list []string) {
		for f := range s.Fields().All() {
			list = append(list, f.Key)
		}
		return list
	}
	order := keys()
	slices.Reverse(order)
	for _, wrong := range [][]string{nil, order[1:], append(slices.Clone(order), "profile.none"), append(slices.Clone(order[1:]), order[1])} {
		if _, err := s.Update(t.Context(), func(tx *Tx) error { return tx.OrderFields(wrong) }); err == nil {
			t.Errorf("%d keys are taken", len(wrong))
		}
	}
	update(t, s, func(tx *Tx) error { return tx.OrderFields(order) })
	putFields(t, s, profileField("profile.y", schema.String)) // at the end
	for range 2 {
		if got := keys(); !slices.Equal(got, append(slices.Clone(order), "profile.y")) {
			t.Errorf("%v", got)
		}
		closeStore(t, s)
		s = open(t, dir, Options{})
	}
}

// 300 fields are active, not 301; an archived one does not count.
func TestActiveFieldsAreBounded(t *testing.T) {
	s := open(t, t.TempDir(), Options{Clock: func() time.Time { return time.UnixMilli(7000) }})
	var more []schema.Field
	for i := range schema.MaxActiveFields - s.Fields().Active() {
		more = append(more, profileField(fmt.Sprint("profile.f", i), schema.String))
	}
	putFields(t, s, more...)
	extra := profileField("profile.extra", schema.String)
	add := func(f schema.Field) error {
		_, err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutFields([]schema.Field{f}) })
		return err
	}
	var many *TooManyFieldsError
	if err := add(extra); s.Fields().Active() != 300 || !errors.As(err, &many) || many.Active != 301 {
		t.Fatalf("%d active, %v", s.Fields().Active(), err)
	}
	extra.Archived = true
	if err := add(extra); err != nil {
		t.Fatal(err)
	}
	extra.Archived = false
	if err := add(extra); !errors.As(err, &many) {
		t.Errorf("restored as the 301st: %v", err)
	}
	first := more[0]
	first.Hidden = true
	if err := add(first); err != nil {
		t.Error(err)
	}
	if err := add(extra); !errors.As(err, &many) {
		t.Errorf("a hidden field does not count: %v", err)
	}
	first.Archived = true
	if err := errors.Join(add(first), add(extra)); err != nil {
		t.Error(err)
	}
	if f, _ := s.Fields().Lookup("profile.f1"); f.CreatedAt != 7000 {
		t.Errorf("added at %d", f.CreatedAt)
	}
}

func TestSettingsOfAnOlderFileHaveDefaults(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	update(t, s, func(tx *Tx) error {
		meta, err := tableOf(tx.bolt, bucketMeta)
		if err != nil {
			return err
		}
		tx.dirty = true
		return meta.put([]byte(metaSettings), []byte(`{"zone":"Europe/Berlin","region":"DE","weekStart":0}`))
	})
	var got Settings
	err := s.view(func(v *view) (err error) { got, err = readSettings(v.bolt); return err })
	if err != nil || got.HistoryDays != 365 || got.Language != "ja" || got.Region != "DE" {
		t.Errorf("%+v %v", got, err)
	}
	for days, ok := range map[int]bool{-1: false, 1: true, 3650: true, 3651: false} {
		next := s.Settings()
		next.HistoryDays = days
		if err := s.PutSettings(t.Context(), next); (err == nil) != ok {
			t.Errorf("%d days: %v", days, err)
		}
	}
	next := s.Settings()
	next.Language = "fr"
	if err := s.PutSettings(t.Context(), next); err == nil || !strings.Contains(err.Error(), "language") {
		t.Error(err)
	}
}
