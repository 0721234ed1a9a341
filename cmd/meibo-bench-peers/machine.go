package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine describes the computer without naming it.
func machine() string {
	memory := "unknown memory"
	words := strings.Fields(valueIn("/proc/meminfo", "MemTotal"))
	if len(words) > 0 {
		if kib, err := strconv.Atoi(words[0]); err == nil {
			memory = fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
		}
	}
	processor := valueIn("/proc/cpuinfo", "model name")
	if processor == "" {
		processor = "unknown processor"
	}
	return fmt.Sprintf("%s, %d cores, %s, %s/%s, %s, GOMAXPROCS %d", processor, runtime.NumCPU(), memory,
		runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.GOMAXPROCS(0))
}

// valueIn is what stands behind the first "name:" of a file; "" where there is
// none, as on systems without /proc.
func valueIn(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
