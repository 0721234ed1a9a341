package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// A report is everything that was measured.
type report struct {
	Machine   string    `json:"machine"`
	Versions  []string  `json:"versions"`
	Customers int       `json:"customers"`
	Now       time.Time `json:"now"`
	Runs      int       `json:"runs"`
	Loads     []loaded  `json:"loads"`
	Rows      []row     `json:"questions"`
	Faults    []string  `json:"disagreements"`
}

// A row is one question.
type row struct {
	Question  string       `json:"question"`
	Matches   int          `json:"matches"`
	Meibo     milliseconds `json:"meiboMs"`          // count and page in one
	Forgetful milliseconds `json:"meiboForgetfulMs"` // with nothing remembered
	Peers     []peerTimes  `json:"peers"`
}

// best is the time of the peer that is fastest at count and page together.
func (r row) best() milliseconds {
	best := r.Peers[0].Both
	for _, p := range r.Peers[1:] {
		best = min(best, p.Both)
	}
	return best
}

func (r report) writeJSON(name string) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // statements are full of < and >
	e.SetIndent("", "  ")
	err := e.Encode(r)
	if err == nil {
		err = os.WriteFile(name, text.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// disagreement is the error that ends the program where engines disagree.
func (r report) disagreement() error {
	if len(r.Faults) == 0 {
		return nil
	}
	return fmt.Errorf("THE ENGINES DISAGREE, so the times mean nothing:\n  %s", strings.Join(r.Faults, "\n  "))
}
