package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"meibo/dsl/schema"
)

// wrongUsage tells what is wrong with the arguments and where the help is: of
// chosen, or of the command that kong had come to.
func (a *app) wrongUsage(err error, chosen *kong.Node) int {
	fmt.Fprintln(a.stderr, "meibo: "+a.words(usageWords(err)))
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		chosen = p.Context.Selected()
	}
	command := "meibo"
	if chosen != nil {
		command = chosen.FullPath()
		if takesFilter := chosen.Name == "query" || chosen.Name == "explain" || chosen.Name == "fmt" || chosen.Name == "bulk"; takesFilter && strings.HasPrefix(err.Error(), "unexpected argument") {
			a.tell("フィルターは全体を引用符で囲んでください: %s 'member = true'", "put the whole filter in quotes: %s 'member = true'", command)
		}
	}
	a.tell("使い方は %s --help で見られます。", "see %s --help", command)
	return exitUsage
}

// What kong says of arguments, for people in both languages; $1, $2 are what
// the groups of the pattern caught.
var usageFaults = []struct {
	pattern *regexp.Regexp
	ja, en  string
}{
	{regexp.MustCompile(`^missing flags: (.+)$`), "次の指定が必要です: $1", "missing flags: $1"},
	{regexp.MustCompile(`^expected one of (.+)$`), "続けてコマンドを書いてください: $1", "expected one of $1"},
	{regexp.MustCompile(`^expected "?(<.+?)"?$`), "引数がありません: $1", "an argument is missing: $1"},
	{regexp.MustCompile(`^(unknown flag|unexpected argument) (.+?), did you mean (?:one of )?(.+)\?$`), "$2 は使えません。$3 のことですか。", "$1 $2, did you mean $3?"},
	{regexp.MustCompile(`^unknown flag (.+)$`), "$1 という指定はありません。", "unknown flag $1"},
	{regexp.MustCompile(`^unexpected argument (.+)$`), "余分な引数があります: $1", "unexpected argument $1"},
	{regexp.MustCompile(`^(--\S+) and (--\S+) can't be used together$`), "$1 と $2 は同時に使えません。", "$1 and $2 can't be used together"},
	{regexp.MustCompile(`^(\S+) must be one of (.+?)(?:,"")? but got (".*")$`), "$1 は $2 のどれかです。$3 は使えません。", "$1 is one of $2, not $3"},
	{regexp.MustCompile(`^(\S+): expected a valid \d+ bit u?int but got (".*")$`), "$1 は整数で書いてください（$2 は整数ではありません）。", "$1 takes a whole number, not $2"},
	{regexp.MustCompile(`^(\S+): expected .+ but got "EOL" \(<EOL>\)$`), "$1 の値がありません。", "$1 needs a value"},
	{regexp.MustCompile(`^(\S+): expected .+; perhaps try (.+)\?$`), "$1 の値が - で始まるときは $2 のように書いてください。", "a value of $1 that begins with a dash is written $2"},
}

// usageWords are kong's words in both languages; what the table does not have
// is English in both.
func usageWords(err error) schema.Words {
	var own *failure
	if errors.As(err, &own) {
		return own.words
	}
	message := err.Error()
	for _, f := range usageFaults {
		if f.pattern.MatchString(message) {
			return schema.Words{JA: f.pattern.ReplaceAllString(message, f.ja), EN: f.pattern.ReplaceAllString(message, f.en)}
		}
	}
	return schema.Words{EN: message}
}

// emptyName finds an id or a key that is there but empty, as of a script's
// variable that is not set.
func emptyName(parsed *kong.Context) error {
	for _, p := range parsed.Path {
		if p.Positional == nil {
			continue
		}
		switch name := p.Positional.Name; name {
		case "id", "key", "from", "to":
			if one, ok := p.Positional.Target.Interface().(string); ok && one == "" {
				return misused("<%s> が空です。", "<%s> is empty", name)
			}
		}
	}
	return nil
}
