package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/indexer"
	"meibo/index/memindex"
	"meibo/store"
)

// BenchmarkSearchPage is all that a page of 50 customers of 40 fields costs
// beside the connection: mostly the records' reading and writing, because the
// index is in memory and holds little more.
func BenchmarkSearchPage(b *testing.B) {
	handler, token := benchHandler(b, 60)
	b.ReportAllocs()
	for b.Loop() {
		request := httptest.NewRequest(http.MethodPost, "/v1/customers/search", strings.NewReader(`{"filter": "sessionsCount > 5"}`))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		if handler.ServeHTTP(answer, request); answer.Code != http.StatusOK || answer.Body.Len() < 50_000 {
			b.Fatalf("%d, %d bytes: %.200s", answer.Code, answer.Body.Len(), answer.Body)
		}
	}
}

// benchHandler serves n customers with a value in every field.
func benchHandler(b *testing.B, n int) (handler http.Handler, token string) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	s, err := store.Open(dir, store.Options{})
	must(err)
	b.Cleanup(func() { must(s.Close()) })
	_, err = s.Update(b.Context(), func(tx *store.Tx) error {
		for i := range n {
			if _, err := tx.Put(fullCustomer(s.Fields(), i)); err != nil {
				return err
			}
		}
		return nil
	})
	must(err)
	x, err := indexer.Start(indexer.Config{Source: s, Dir: dir + "/index", Fields: s.Fields,
		Open: func(string) (index.Backend, error) { return memindex.New(), nil }})
	must(err)
	b.Cleanup(func() { must(x.Close()) })
	must(x.Ready(b.Context()))
	answering := service.New(service.Config{Store: s, Index: x})
	b.Cleanup(answering.Close)
	token, _, err = s.CreateToken(store.NewToken{Name: "bench", Role: service.RoleViewer})
	must(err)
	return NewHandler(Config{Service: answering, Log: slog.New(slog.DiscardHandler)}), token
}

func fullCustomer(fields *schema.Fields, i int) schema.Record {
	r := schema.NewRecord(fmt.Sprintf("customer%04d", i))
	for f := range fields.All() {
		switch {
		case f.Key == schema.IDField:
		case f.Kind == schema.Boolean:
			r.Set(f.Key, schema.Bool(i%2 == 0))
		case f.Kind == schema.Number:
			r.Set(f.Key, schema.Num(float64(10+i)))
		case f.Kind == schema.Date:
			r.Set(f.Key, schema.At(1_790_000_000_000+int64(i)))
		case f.Kind == schema.List:
			r.Set(f.Key, schema.Strings("VIP", "卸"))
		default:
			r.Set(f.Key, schema.Text(fmt.Sprintf("田中 花子 %d", i)))
		}
	}
	return r
}
