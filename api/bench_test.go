package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/index/indexer"
	"meibo/store"
)

// benchCustomers is the size of the benchmarks' register: what is measured is
// how a page travels, which does not depend on it.
const benchCustomers = 5_000

const benchFilter = `member = true AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`

// benchService is a service with customers, whose index has all of them.
func benchService(b *testing.B) (*service.Service, *store.Store) {
	b.Helper()
	dir := b.TempDir()
	s, err := store.Open(dir, store.Options{})
	benchMust(b, err)
	b.Cleanup(func() { benchMust(b, s.Close()) })
	ix, err := indexer.Start(indexer.Config{Source: s, Dir: dir + "/index", Fields: s.Fields, Open: openBleve})
	benchMust(b, err)
	b.Cleanup(func() { benchMust(b, ix.Close()) })
	svc := service.New(service.Config{Store: s, Index: ix})
	b.Cleanup(svc.Close)
	var body []byte
	for i := range benchCustomers {
		body = fmt.Appendf(body, `{"id":"customer-%05d","memberId":"m%d","name":"田中 花子","tags":["VIP","メルマガ"],"country":"JP","city":"横浜市",`+
			`"lastSeenAt":%d,"sessionsCount":%d,"web":{"sessionsCount":%d,"os":"iOS 26.1","browser":"Safari 26"},`+
			`"profile":{"email":"hanako.tanaka%d@x.jp","mobileNumber":"090-1234-%04d","utmSource":"google","utmMedium":"cpc"}}`+"\n",
			i, i, 1_760_000_000_000+i, i%9, i%9, i, i%10_000)
	}
	answer, err := svc.Batch(b.Context(), service.BatchRequest{Body: body, Lines: true, Policy: service.ImportPolicy(true)})
	benchMust(b, err)
	waiting, stop := context.WithTimeout(b.Context(), time.Minute)
	defer stop()
	snapshot, err := ix.Snapshot(waiting, answer.Seq)
	benchMust(b, err)
	snapshot.Release()
	return svc, s
}

func benchMust(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSearch answers the first 50 rows: in the process, and over HTTP by
// one client that keeps its connection. The difference is what HTTP and JSON
// cost.
func BenchmarkSearch(b *testing.B) {
	svc, s := benchService(b)
	b.Run("service", func(b *testing.B) {
		for b.Loop() {
			answer, err := svc.Search(b.Context(), service.SearchRequest{Question: service.Question{Filter: benchFilter}})
			if err != nil || len(answer.Records) != service.DefaultLimit {
				b.Fatal(len(answer.Records), err)
			}
		}
	})
	secret, _, err := s.CreateToken(store.NewToken{Name: "bench", Role: service.RoleOwner})
	benchMust(b, err)
	server, err := Start("127.0.0.1:0", NewHandler(Config{Service: svc, Version: "bench"}), nil)
	benchMust(b, err)
	b.Cleanup(func() { benchMust(b, server.Shutdown(context.Background())) })
	b.Run("http", func(b *testing.B) {
		url := "http://" + server.Addr().String() + "/v1/customers/search"
		body, err := json.Marshal(map[string]string{"filter": benchFilter})
		benchMust(b, err)
		client := &http.Client{}
		defer client.CloseIdleConnections()
		for b.Loop() {
			request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
			benchMust(b, err)
			request.Header.Set("Authorization", "Bearer "+secret)
			request.Header.Set("Content-Type", "application/json")
			response, err := client.Do(request)
			benchMust(b, err)
			n, err := io.Copy(io.Discard, response.Body)
			benchMust(b, err)
			benchMust(b, response.Body.Close())
			if response.StatusCode != http.StatusOK || n < 10_000 {
				b.Fatal(response.Status, n)
			}
		}
	})
}
