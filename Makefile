# The two targets that the README names need Go and nothing else.
#
#   make test        what every commit passes (two cores: minutes)
#   make test-long   the same questions asked far more often; its result is recorded by hand

GO ?= go

# The race detector runs where there are goroutines, on a short run of their
# tests: the random comparison is 5 to 10 times slower under it.
RACE = ./index/... ./store/... ./api/... ./cmd/...

.PHONY: test vet fmt lint unit race test-long clean

test: fmt vet lint unit race

fmt:
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')); \
	if [ -n "$$files" ]; then echo "not gofmt-ed:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(GO) tool staticcheck ./...

unit:
	$(GO) test ./...

# Go's race detector links a C library: without a C compiler it cannot run,
# and this says so instead of failing a machine that has only Go.
race:
	@if command -v "$$($(GO) env CC)" >/dev/null; then \
		set -x; MEIBO_CASES=200 $(GO) test -race -short $(RACE); \
	else \
		echo "NOT RUN: the race detector, which needs a C compiler ($$($(GO) env CC)) beside Go"; \
	fi

test-long:
	MEIBO_LONG=1 MEIBO_CASES=$(or $(MEIBO_CASES),50000) $(GO) test -timeout 3h -count=1 ./...

clean:
	rm -rf meibo meibo-data telco million million.ndjson *.errors.csv
