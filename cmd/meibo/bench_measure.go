package main

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"
)

// A benchTimes sums measured times up, in milliseconds.
type benchTimes struct {
	Runs   int     `json:"runs"`
	Min    float64 `json:"minMs"`
	Median float64 `json:"medianMs"`
	P99    float64 `json:"p99Ms"`
	Max    float64 `json:"maxMs"`
}

// timesOf sums up; it sorts what it is given.
func timesOf(ms []float64) *benchTimes {
	if len(ms) == 0 {
		return nil
	}
	slices.Sort(ms)
	return &benchTimes{Runs: len(ms), Min: rounded(ms[0]), Median: rounded(percentile(ms, 50)), P99: rounded(percentile(ms, 99)), Max: rounded(ms[len(ms)-1])}
}

// percentile is by nearest rank: the smallest value that at least p percent
// of all do not exceed. So the 99th of 25 values is the largest.
func percentile(sorted []float64, p float64) float64 {
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// rounded keeps microseconds with one decimal: what is below is noise.
func rounded(ms float64) float64 { return math.Round(ms*1e4) / 1e4 }

// threeDigits writes a number with three significant digits.
func threeDigits(x float64) string {
	if x == 0 {
		return "0"
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	scale := math.Pow(10, float64(decimals))
	x = math.Round(x*scale) / scale
	decimals = 2 - int(math.Floor(math.Log10(math.Abs(x)))) // 9.999 is 10.0
	return strconv.FormatFloat(x, 'f', max(decimals, 0), 64)
}

// warmUps come before the runs that count: columns are decoded then.
const warmUps = 3

// benchPatience bounds the runs of one question: what takes seconds needs no
// 25 of them. One is always timed.
const benchPatience = 20 * time.Second

// repeat calls work until it was timed often enough. Work gives the time that
// counts, in milliseconds, and is told which call it is, from 0. settle is
// called between the runs that warm up and those that count.
func repeat(ctx context.Context, runs int, settle func(context.Context) error, work func(i int) (ms float64, err error)) (*benchTimes, error) {
	times := make([]float64, 0, runs)
	began := time.Now()
	for i := range warmUps + runs {
		if len(times) > 0 && time.Since(began) > benchPatience {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i == warmUps {
			if err := settle(ctx); err != nil {
				return nil, err
			}
		}
		ms, err := work(i)
		if err != nil {
			return nil, err
		}
		if i >= warmUps {
			times = append(times, ms)
		}
	}
	return timesOf(times), nil
}

// since is the time since an instant in milliseconds. It is time.Now and not
// the program's clock, which need not run evenly.
func since(began time.Time) float64 { return float64(time.Since(began)) / float64(time.Millisecond) }
