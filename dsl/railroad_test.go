package dsl

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the committed railroad diagram")

// The diagram in pixels.
const (
	railWidest = 900
	railMargin = 24
	railEnds   = 2 * (railGap + 10) // before and behind a rule
)

const railStyle = `
.page{fill:#fbfaf6}
path{fill:none;stroke:#444;stroke-width:1.5}
path.arrow{fill:#444;stroke:none}
rect.typed{fill:#e3f1e6;stroke:#3f7d53;stroke-width:1.5}
rect.rule{fill:#e6ecf8;stroke:#44619d;stroke-width:1.5}
rect.words{fill:#fff;stroke:#777;stroke-width:1.5;stroke-dasharray:4 3}
text{fill:#1c1c1c;text-anchor:middle;font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
text.rule,text.words{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
text.words{font-style:italic}
text.name{text-anchor:start;font:bold 15px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
`

// drawGrammar is the diagram of all rules, one below the other.
func drawGrammar(g ebnfGrammar) (svg []byte, c *railCanvas, width, height int) {
	c = &railCanvas{}
	height = railMargin
	for _, name := range g.names {
		rule := railroadOf(g.bodies[name])
		width = max(width, rule.width+railEnds+2*railMargin)
		height = drawRule(c, name, g.bodies[name].String(), rule, height)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d">`+"\n", width, height)
	fmt.Fprintf(&b, "<title id=\"title\">The grammar of the filter language, version %d</title>\n", Version)
	fmt.Fprintf(&b, "<desc id=\"desc\">One railroad diagram for each rule: %s. A round box is typed as it stands, a square box is another rule, a dashed box says in words what stands there.</desc>\n", strings.Join(g.names, ", "))
	fmt.Fprintf(&b, "<style>%s</style>\n<rect class=\"page\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n%s</svg>\n", railStyle, width, height, c.String())
	return b.Bytes(), c, width, height
}

// drawRule draws a rule below y and returns where the next one begins.
func drawRule(c *railCanvas, name, body string, rule railroad, y int) int {
	fmt.Fprintf(c, "<g>\n<title>%s</title>\n", html.EscapeString(name+" = "+body))
	fmt.Fprintf(c, "<text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n", railMargin, y+12, name)
	x, line := railMargin, y+24+rule.up
	c.line("M%d %dv12M%d %dv12M%d %dh%d", x, line-6, x+4, line-6, x+4, line, railGap+6)
	x += railGap + 10
	rule.draw(c, x, line)
	x += rule.width
	c.line("M%d %dh%dm0 -6v12m4 -12v12", x, line, railGap+6)
	c.WriteString("</g>\n")
	return line + rule.down + railMargin
}

func TestRailroadIsThatOfTheGrammar(t *testing.T) {
	drawn, _, _, _ := drawGrammar(specGrammar(t))
	if *update {
		if err := os.WriteFile("railroad.svg", drawn, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("railroad.svg")
	if err != nil || !bytes.Equal(committed, drawn) {
		t.Fatalf("railroad.svg is not the grammar of SPEC.md (%v); run go test ./dsl -run Railroad -update and look at it", err)
	}
	if !strings.Contains(readSpec(t), "](railroad.svg)") {
		t.Error("SPEC.md does not show railroad.svg")
	}
}

// TestRailroadShowsEveryPiece: it is XML, each piece of each rule has a box of
// its own within the page, and no two of them overlap.
func TestRailroadShowsEveryPiece(t *testing.T) {
	g := specGrammar(t)
	drawn, c, width, height := drawGrammar(g)
	for d := xml.NewDecoder(bytes.NewReader(drawn)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if width > railWidest {
		t.Errorf("the page is %d wide, more than %d", width, railWidest)
	}
	shown := map[string]bool{}
	for i, box := range c.boxes {
		shown[box.text] = true
		if box.x < railMargin || box.right > width-railMargin-railEnds/2 || box.y < 0 || box.base > height {
			t.Errorf("%+v lies outside the page of %d × %d", box, width, height)
		}
		for _, other := range c.boxes[:i] {
			if box.x < other.right && other.x < box.right && box.y < other.base && other.y < box.base {
				t.Errorf("%+v lies on %+v", box, other)
			}
		}
	}
	for _, name := range g.names {
		g.bodies[name].each(func(n *ebnf) {
			if n.kind <= ebnfSpecial && n.text != " " && !shown[n.text] {
				t.Errorf("%s: no box shows %s", name, n)
			}
		})
	}
}
