package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// A benchMachine says on what was measured, without saying whose it is.
type benchMachine struct {
	System      string `json:"system"`
	CPU         string `json:"cpu,omitempty"`
	Cores       int    `json:"cores"` // that this program may use
	MemoryBytes int64  `json:"memoryBytes,omitempty"`
}

func thisMachine() benchMachine {
	return benchMachine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0),
		CPU: procLine("/proc/cpuinfo", "model name"), MemoryBytes: procBytes("/proc/meminfo", "MemTotal")}
}

func (m benchMachine) String() string {
	text := m.System
	if m.CPU != "" {
		text += ", " + m.CPU
	}
	text += fmt.Sprintf(", %d cores", m.Cores)
	if m.MemoryBytes > 0 {
		text += ", " + megabytes(m.MemoryBytes)
	}
	return text
}

// anonymousMemory is this process's RssAnon in bytes; 0 where the system has
// no such figure. Mapped files are not part of it.
func anonymousMemory() int64 { return procBytes("/proc/self/status", "RssAnon") }

// memoryPause lies between two looks at the memory: what lives shorter is not
// seen, and a look costs some 20 µs.
const memoryPause = 20 * time.Millisecond

// A memoryWatch remembers the most anonymous memory that it saw.
type memoryWatch struct {
	end     chan struct{}
	highest chan int64
}

// watchMemory looks until stop.
func watchMemory() *memoryWatch {
	w := &memoryWatch{end: make(chan struct{}), highest: make(chan int64, 1)}
	go func() {
		look := time.NewTicker(memoryPause)
		defer look.Stop()
		highest := anonymousMemory()
		for {
			select {
			case <-look.C:
				highest = max(highest, anonymousMemory())
			case <-w.end:
				w.highest <- max(highest, anonymousMemory())
				return
			}
		}
	}()
	return w
}

// stop ends the watch and gives the most bytes that were seen.
func (w *memoryWatch) stop() int64 {
	close(w.end)
	return <-w.highest
}

// procBytes reads a figure in kB; 0 where there is none.
func procBytes(file, name string) int64 {
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(procLine(file, name), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}

// procLine is what stands behind "name:" in a file of Linux's /proc; "" where
// there is no such file or line.
func procLine(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// megabytes writes a size in MB of 2^20 bytes.
func megabytes(n int64) string { return grouped(int(n>>20)) + " MB" }
