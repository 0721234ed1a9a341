package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
)

// grammar is the command line. Helps are in help.go, in both languages.
type grammar struct {
	Data   string `name:"data" placeholder:"DIR" default:"meibo-data" help:"data"`
	Server string `name:"server" placeholder:"URL" help:"server"`
	Token  string `name:"token" placeholder:"T" help:"token"`
	Lang   string `name:"lang" placeholder:"ja|en" enum:"ja,en," default:"" help:"lang"`

	Serve   serveCommand   `cmd:"" help:"serve"`
	Import  importCommand  `cmd:"" help:"import"`
	Export  exportCommand  `cmd:"" help:"export"`
	Query   queryCommand   `cmd:"" help:"query"`
	Explain explainCommand `cmd:"" help:"explain"`
	Fmt     fmtCommand     `cmd:"" help:"fmt"`
	Check   checkCommand   `cmd:"" help:"check"`
	Tokens  tokenCommands  `cmd:"" name:"token" help:"tokens"`
	Fields  fieldsCommands `cmd:"" name:"fields" help:"fields_group"`

	Segments segmentsCommands `cmd:"" name:"segments" help:"segments_group"`
	Customer customerCommands `cmd:"" name:"customer" help:"customer_group"`
	Settings settingsCommands `cmd:"" name:"settings" help:"settings_group"`
	Jobs     jobsCommands     `cmd:"" name:"jobs" help:"jobs_group"`

	Erase   eraseCommand   `cmd:"" help:"erase"`
	Compact compactCommand `cmd:"" help:"compact"`
	Backup  backupCommand  `cmd:"" help:"backup"`
	Restore restoreCommand `cmd:"" help:"restore"`

	Demo    demoCommand    `cmd:"" help:"demo"`
	Bench   benchCommand   `cmd:"" help:"bench"`
	Version versionCommand `cmd:"" help:"version"`
}

// place is where a command works: a data folder or a running server.
type place struct {
	data   string
	server string
	token  string
	chosen bool // --data was given: data is not the default folder
}

type serveCommand struct {
	Addr string `default:"${address}" placeholder:"HOST:PORT" help:"serve_addr"`
	Demo int    `placeholder:"N" help:"serve_demo"`

	BehindTLS    bool  `name:"behind-tls" help:"serve_tls"`
	ColumnMemory int64 `name:"column-memory" placeholder:"MIB" help:"serve_memory"`
}

type importCommand struct {
	Files        []string `arg:"" name:"file" help:"import_file"`
	Format       string   `placeholder:"FORMAT" enum:"ndjson,csv,xlsx," default:"" help:"import_format"`
	Map          []string `sep:"none" placeholder:"COLUMN=FIELD" help:"import_map"`
	CreateFields bool     `help:"import_create"`
	System       bool     `help:"import_system"`
	Key          string   `enum:"auto,id,memberId,email,phone" default:"auto" help:"import_key"`
	Conflict     string   `enum:"overwrite,keep,empty" default:"overwrite" help:"import_conflict"`
	DateFormat   string   `placeholder:"FORMAT" help:"import_dates"`
	NumberFormat string   `placeholder:"FORMAT" help:"import_numbers"`
	DryRun       bool     `help:"import_dry"`
	Report       string   `placeholder:"FILE" help:"import_report"`
	TZ           string   `name:"tz" placeholder:"ZONE" help:"import_tz"`
}

// asking is what query and explain have in common.
type asking struct {
	Filter string `arg:"" optional:"" help:"filter"`
	Q      string `name:"q" placeholder:"TEXT" help:"q"`
	TZ     string `name:"tz" placeholder:"ZONE" help:"tz"`
	Now    string `placeholder:"TIME" help:"now"`
}

type queryCommand struct {
	asking
	Sort   string   `placeholder:"KEYS" help:"sort"`
	Limit  *int     `placeholder:"N" help:"limit"`
	Fields []string `placeholder:"KEYS" help:"fields"`
	Count  bool     `xor:"what" help:"count"`
	IDs    bool     `name:"ids" xor:"what" help:"ids"`
	Format string   `enum:"table,json,ndjson,csv" default:"table" help:"format"`
}

type explainCommand struct {
	asking
	Customer string `placeholder:"ID" help:"explain_customer"`
}

type fmtCommand struct {
	Filter *string `arg:"" optional:"" help:"fmt_filter"`
}

type demoCommand struct {
	Customers uint64 `default:"10000" placeholder:"N" help:"demo_customers"`
	Seed      uint64 `default:"1" placeholder:"S" help:"demo_seed"`
	Now       string `placeholder:"TIME" help:"demo_now"`
}

type versionCommand struct{}

type checkCommand struct{}

// parse reads the arguments. done means that there is nothing to run: help was
// printed, or the usage is wrong and has been told.
func (a *app) parse(args []string) (command func(context.Context) error, code int, done bool) {
	var g grammar
	printed := false
	parser, err := kong.New(&g, kong.Name("meibo"), kong.Description(a.words(helpOf("meibo"))), a.helps(), kong.Vars{"address": defaultAddress},
		kong.Writers(a.stdout, a.stderr), kong.Exit(func(int) { printed = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
	if err != nil {
		fmt.Fprintln(a.stderr, "meibo: "+err.Error())
		return nil, exitFailed, true
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if printed {
		return nil, exitDone, true
	}
	if err != nil {
		return nil, a.wrongUsage(err, nil), true
	}
	if err := emptyName(parsed); err != nil {
		return nil, a.wrongUsage(err, parsed.Selected()), true
	}
	at := place{data: g.Data, server: g.Server, token: g.Token, chosen: given(parsed, "data")}
	if c, ok := selected(parsed); ok {
		return func(ctx context.Context) error { return c.run(ctx, a, at) }, exitDone, false
	}
	return a.commandOf(parsed.Command(), &g, at), exitDone, false
}

// A runner is a command that runs itself: those of the groups.
type runner interface {
	run(ctx context.Context, a *app, at place) error
}

// selected is the command that was chosen, where it is a runner.
func selected(parsed *kong.Context) (runner, bool) {
	node := parsed.Selected()
	if node == nil || !node.Target.CanAddr() {
		return nil, false
	}
	c, ok := node.Target.Addr().Interface().(runner)
	return c, ok
}

// given reports whether a flag stands among the arguments.
func given(parsed *kong.Context, flag string) bool {
	return slices.ContainsFunc(parsed.Path, func(p *kong.Path) bool { return p.Flag != nil && p.Flag.Name == flag })
}

func (a *app) commandOf(name string, g *grammar, at place) func(context.Context) error {
	return func(ctx context.Context) error {
		switch name {
		case "serve":
			return a.serve(ctx, at, g.Serve)
		case "import <file>":
			return a.importFiles(ctx, at, g.Import)
		case "query", "query <filter>":
			return a.query(ctx, at, g.Query)
		case "explain", "explain <filter>":
			return a.explain(ctx, at, g.Explain)
		case "fmt", "fmt <filter>":
			return a.format(g.Fmt)
		case "check":
			return a.check(ctx, at)
		case "demo":
			return a.demo(g.Demo)
		case "bench":
			return a.bench(ctx, at, g.Bench)
		default:
			return a.version()
		}
	}
}
