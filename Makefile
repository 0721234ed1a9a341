# The two targets that the README names need Go and Chromium, which tests show
# meibo.js in; on Debian and its kin "make browser" installs it by itself. The
# long tests need LibreOffice too, which "make office" installs.
#
#   make test        what every commit passes (two cores: minutes)
#   make test-long   the same questions asked far more often; its result is recorded by hand
#   make bench       the benchmarks beside the code, into $(BENCH_NEW); then make bench-compare
#   make fuzz        every fuzz target for FUZZTIME; fuzz-keep adds what it found to the seeds

GO ?= go

# The race detector runs where there are goroutines, on a short run of their
# tests: the random comparison is 5 to 10 times slower under it. A browser's
# requests are nothing new to a server that other tests ask from many sides.
RACE = $$($(GO) list ./index/... ./store/... ./api/... ./cmd/... | grep -v /browsertest)

.PHONY: test vet fmt lint browser office unit race test-long bench bench-compare bench-baseline fuzz fuzz-keep clean

test: fmt vet lint unit race

fmt:
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path './.*')); \
	if [ -n "$$files" ]; then echo "not gofmt-ed:"; echo "$$files"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(GO) tool staticcheck ./...

# The tests look for the same names, see api/browsertest. apt-get is asked
# only where no browser is there yet, so a prepared machine stays offline.
browser:
	@for name in "$$MEIBO_CHROMIUM" chromium chromium-browser google-chrome; do \
		if [ -n "$$name" ] && command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	if [ -n "$$MEIBO_CHROMIUM" ]; then echo "MEIBO_CHROMIUM=$$MEIBO_CHROMIUM is no program" >&2; exit 1; fi; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
		echo "Chromium is missing: install it (Debian: sudo apt-get install chromium), or set MEIBO_CHROMIUM to its path" >&2; exit 1; \
	fi; \
	set -x; apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium

# LibreOffice reads what was exported as Excel files. It is big, so the daily
# tests say that they skipped it where it is missing, and the long ones demand it.
office:
	@for name in soffice libreoffice; do \
		if command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
		echo "LibreOffice is missing: install it (Debian: sudo apt-get install libreoffice-calc-nogui)" >&2; exit 1; \
	fi; \
	set -x; apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends libreoffice-calc-nogui

unit: browser
	@command -v soffice >/dev/null || command -v libreoffice >/dev/null || echo "SKIPPED: what needs LibreOffice (make office installs it)"
	$(GO) test ./...

# Go's race detector links a C library: without a C compiler it cannot run,
# and this says so instead of failing a machine that has only Go.
race:
	@if command -v "$$($(GO) env CC)" >/dev/null; then \
		set -x; MEIBO_CASES=200 $(GO) test -race -short $(RACE) && $(GO) test -race -run Cache ./dsl; \
	else \
		echo "NOT RUN: the race detector, which needs a C compiler ($$($(GO) env CC)) beside Go"; \
	fi

test-long: browser office
	MEIBO_LONG=1 MEIBO_OFFICE=1 MEIBO_CASES=$(or $(MEIBO_CASES),50000) $(GO) test -timeout 3h -count=1 ./...

# Benchmarks are run BENCH_COUNT times, because one time proves nothing: benchstat
# says which differences are more than noise. Run them on a quiet machine, and
# compare with a baseline of the same one.
BENCHED = ./dsl ./index/bleveindex ./store ./api
BENCH ?= .
BENCH_COUNT ?= 6
BENCH_TIME ?= 200ms
BENCH_BASELINE = testdata/bench/baseline.txt
BENCH_NEW = testdata/bench/new.txt

# One package at a time: two would share the processors. The file is complete
# or as it was.
bench:
	@mkdir -p testdata/bench
	$(GO) test -p 1 -short -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCH_TIME) -count $(BENCH_COUNT) -timeout 1h $(BENCHED) > $(BENCH_NEW).part || { cat $(BENCH_NEW).part; exit 1; }
	@mv $(BENCH_NEW).part $(BENCH_NEW); echo "in $(BENCH_NEW); compare it with: make bench-compare"

bench-compare:
	@for file in $(BENCH_BASELINE) $(BENCH_NEW); do \
		test -s $$file || { echo "$$file is missing: make bench writes $(BENCH_NEW), make bench-baseline keeps that as the baseline"; exit 1; }; \
	done
	$(GO) tool benchstat $(BENCH_BASELINE) $(BENCH_NEW)

bench-baseline:
	cp $(BENCH_NEW) $(BENCH_BASELINE)

# One worker a target: two targets side by side use two cores.
FUZZED = ./dsl ./dsl/channel ./dsl/jsondoc
FUZZTIME ?= 10m

fuzz:
	@for package in $(FUZZED); do \
		for target in $$($(GO) test $$package -list '^Fuzz' | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test $$package -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 2s -parallel 1 || exit 1; \
		done; \
	done

# Package dsl has many: a line an input, its values in Go's syntax with tabs
# between. The others keep them as go test does. Long inputs are not kept.
fuzz-keep:
	@cache="$$($(GO) env GOCACHE)/fuzz/$$($(GO) list ./dsl)"; \
	for target in $$(cd $$cache && ls -d Fuzz*); do \
		kept=dsl/testdata/corpus/$$target.txt; mkdir -p dsl/testdata/corpus; touch $$kept; \
		for input in $$cache/$$target/*; do sed 1d $$input | paste -s -; done | awk 'length < 300' | LC_ALL=C sort -u - $$kept > $$kept.new; \
		mv $$kept.new $$kept; wc -l $$kept; \
	done; \
	for package in $(filter-out ./dsl,$(FUZZED)); do \
		for found in "$$($(GO) env GOCACHE)/fuzz/$$($(GO) list $$package)"/Fuzz*; do \
			kept=$$package/testdata/fuzz/$$(basename $$found); mkdir -p $$kept; \
			find $$found -type f -size -300c -exec cp {} $$kept \; ; ls $$kept | wc -l; \
		done; \
	done

clean:
	rm -rf meibo meibo-data telco million million.ndjson *.errors.csv
