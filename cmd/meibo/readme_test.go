package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A shown is one command of the README and the output that it shows.
type shown struct {
	args   []string // after go run ./cmd/meibo
	output string
}

// TestReadmeShowsRealOutput runs the README's meibo commands on the data that
// it names: what is shown under a command is what standard output says.
// With MEIBO_README=write the README gets today's output instead.
func TestReadmeShowsRealOutput(t *testing.T) {
	path := filepath.Join(moduleRoot, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	demo := filepath.Join(t.TempDir(), "meibo-data")
	url, _, _ := serving(t, "--demo", "10000", "--data", demo)
	telco := filepath.Join(t.TempDir(), "telco")
	place := strings.NewReplacer("http://127.0.0.1:8080", url)
	ran := 0
	rewritten := consoleBlock.ReplaceAllStringFunc(string(text), func(block string) string {
		var b strings.Builder
		b.WriteString("```console\n")
		for _, c := range commandsOf(block) {
			b.WriteString(c.line + "\n")
			if c.args == nil || c.args[0] == "serve" {
				b.WriteString(c.output)
				continue
			}
			args := make([]string, len(c.args))
			for i, arg := range c.args {
				args[i] = place.Replace(arg)
				switch arg {
				case "telco":
					args[i] = telco
				case "testdata/import/telco-churn.csv":
					args[i] = filepath.Join(moduleRoot, arg)
				}
			}
			if !strings.Contains(c.line, "--data") {
				args = append(args, "--data", demo)
			}
			out := meibo(t, args...).must(t)
			if shows(c.output, out) {
				out = c.output
			} else if os.Getenv("MEIBO_README") != "write" {
				t.Errorf("%s\nshows:\n%s\nsays:\n%s", c.line, c.output, out)
			}
			b.WriteString(out)
			ran++
		}
		b.WriteString("```")
		return b.String()
	})
	if ran < 5 {
		t.Errorf("only %d commands of the README were run", ran)
	}
	if os.Getenv("MEIBO_README") == "write" {
		if err := os.WriteFile(path, []byte(rewritten), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// shows reports whether an excerpt is what a command said: a line "…" stands
// for any lines that are left out.
func shows(excerpt, said string) bool {
	pieces := strings.Split("\n"+excerpt, "\n…\n")
	rest := "\n" + said
	for i, piece := range pieces {
		at := strings.Index(rest, piece)
		if at < 0 || i == 0 && at > 0 {
			return false
		}
		rest = rest[at+len(piece):]
	}
	return len(pieces) > 1 || rest == ""
}

func TestShows(t *testing.T) {
	for _, test := range []struct {
		excerpt string
		want    bool
	}{
		{"a\nb\nc\nd\n", true}, {"a\nb\n…\n", true}, {"a\n…\nd\n", true}, {"…\nc\n…\n", true}, {"a\n…\nc\n…\n", true},
		{"a\nb\n", false}, {"b\n…\n", false}, {"a\n…\nb\nd\n", false}, {"a\n…\nx\n…\n", false}, {"", false},
	} {
		if got := shows(test.excerpt, "a\nb\nc\nd\n"); got != test.want {
			t.Errorf("%q: %v", test.excerpt, got)
		}
	}
}

var consoleBlock = regexp.MustCompile("(?s)```console\n.*?```")

type readmeCommand struct {
	line string
	shown
}

// commandsOf reads a console block: "$ command" lines, each followed by its
// output. args is nil for a command that is not meibo's.
func commandsOf(block string) []readmeCommand {
	var commands []readmeCommand
	body := strings.TrimSuffix(strings.TrimPrefix(block, "```console\n"), "```")
	for line := range strings.Lines(body) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			c := readmeCommand{line: strings.TrimSpace(line)}
			if meibos, ok := strings.CutPrefix(strings.TrimSpace(command), "go run ./cmd/meibo "); ok {
				c.args = shellWords(meibos)
			}
			commands = append(commands, c)
			continue
		}
		commands[len(commands)-1].output += line
	}
	return commands
}

// shellWords splits a command line as a shell does, single quotes only.
func shellWords(line string) []string {
	var list []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}
