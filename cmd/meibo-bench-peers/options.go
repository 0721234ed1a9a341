package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// options are what the command line says.
type options struct {
	file      string // NDJSON as "meibo demo" writes it; "" where everything was kept
	customers int    // at most; 0: all that the file has
	data      string // folder of a workspace whose index is asked; "": one is loaded
	runs      int    // timed runs of a question, after warmUps
	only      []string
	keep      string // folder for the loaded databases; "": a temporary one
	json      string // file for the report; "": none
}

func parseOptions(args []string, usage io.Writer) (options, error) {
	var o options
	var only string
	f := flag.NewFlagSet("meibo-bench-peers", flag.ContinueOnError)
	f.SetOutput(usage)
	f.Usage = func() {
		fmt.Fprintln(usage, "go run -tags sqlite_fts5 . [options] FILE.ndjson")
		f.PrintDefaults()
	}
	f.IntVar(&o.customers, "customers", 0, "load at most `N` customers; 0: all")
	f.StringVar(&o.data, "data", "", "ask the index of this workspace, which holds the same customers; `FOLDER`")
	f.IntVar(&o.runs, "runs", 15, "timed runs of each question; `N`")
	f.StringVar(&only, "only", strings.Join(peerNames, ","), "the peers to ask; `LIST`")
	f.StringVar(&o.keep, "keep", "", "keep the loaded databases in this `FOLDER`, and ask those that are there without loading")
	f.StringVar(&o.json, "json", "", "write the report to this `FILE` too")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 1 {
		return o, fmt.Errorf("one file at a time, not %d; options stand before it", f.NArg())
	}
	o.file, o.only = f.Arg(0), strings.Split(only, ",")
	return o, o.check()
}

func (o options) check() error {
	for _, name := range o.only {
		if !slices.Contains(peerNames, name) {
			return fmt.Errorf("--only %s: the peers are %s", name, strings.Join(peerNames, ", "))
		}
	}
	switch {
	case o.runs < 1:
		return fmt.Errorf("--runs %d: at least 1", o.runs)
	case o.customers < 0:
		return fmt.Errorf("--customers %d: 0 (all) or more", o.customers)
	case o.file == "" && o.keep == "":
		return errors.New("no file: name one as \"meibo demo --customers 100000\" writes it, or what was kept with --keep")
	}
	return nil
}
