package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// An answerForm is how an answer is shown.
type answerForm struct {
	Format string `enum:"table,json" default:"table" help:"segment_output"`
}

// show writes an answer as JSON, or as table does.
func (f answerForm) show(a *app, answer any, table func() error) error {
	if f.Format != "json" {
		return table()
	}
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(answer)
}

// writeCells aligns rows of texts, the first of which is the head, by the width
// that East Asian characters have on a terminal.
func (a *app) writeCells(rows [][]string) error {
	width := &runewidth.Condition{StrictEmojiNeutral: true}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range row {
			row[i] = width.Truncate(visible(row[i]), 2*maxCellWidth, "…")
			widths[i] = max(widths[i], width.StringWidth(row[i]))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-width.StringWidth(cell)+2)
		}
		if _, err := fmt.Fprintln(a.stdout, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// stateOf is what keeps a segment from being used, in a word.
func stateOf(broken *service.Broken, restricted bool) string {
	switch {
	case broken != nil:
		return string(broken.Code)
	case restricted:
		return "restricted"
	}
	return ""
}

type segmentsList struct {
	Folder string `placeholder:"NAME" help:"segment_in"`
	answerForm
}

func (c *segmentsList) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var all service.SegmentsAnswer
		query := url.Values{}
		if c.Folder != "" {
			query.Set("folder", c.Folder)
		}
		for {
			var page service.SegmentsAnswer
			if err := d.do(ctx, http.MethodGet, "/v1/segments?"+query.Encode(), nil, &page); err != nil {
				return err
			}
			all.Segments = append(all.Segments, page.Segments...)
			if page.NextCursor == "" {
				break
			}
			query.Set("cursor", page.NextCursor)
		}
		return c.show(a, all, func() error {
			rows := [][]string{{"key", "name", "folder", "version", "state", "filter"}}
			for _, s := range all.Segments {
				filter := ""
				if s.Filter != nil {
					filter = *s.Filter
				}
				rows = append(rows, []string{s.Key, a.words(s.Name), s.Folder, strconv.Itoa(s.Version), stateOf(s.Broken, s.Restricted), filter})
			}
			return a.writeCells(rows)
		})
	})
}

type segmentsShow struct {
	Key string `arg:"" help:"segment_key"`
	answerForm
}

func (c *segmentsShow) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var s service.SegmentAnswer
		if err := d.do(ctx, http.MethodGet, segmentPath(c.Key), nil, &s); err != nil {
			return err
		}
		return c.show(a, s, func() error { return a.writeSegment(s) })
	})
}

func (a *app) writeSegment(s service.SegmentAnswer) error {
	var author, description string
	if s.Author != nil {
		author = s.Author.Name
	}
	if s.Description != nil {
		description = a.words(*s.Description)
	}
	for _, line := range [][2]string{{"key", s.Key}, {"name", a.words(s.Name)}, {"description", description}, {"folder", s.Folder}, {"colour", s.Colour},
		{"timeZone", s.TimeZone}, {"version", strconv.Itoa(s.Version)}, {"author", author}, {"updatedAt", s.UpdatedAt.Format("2006-01-02T15:04:05Z07:00")},
		{"reads", strings.Join(s.Fields, ", ")}, {"uses", strings.Join(s.Uses, ", ")}, {"usedBy", strings.Join(s.UsedBy, ", ")},
		{"state", stateOf(s.Broken, s.Restricted)}} {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(a.stdout, "%-12s %s\n", line[0], visible(line[1])); err != nil {
			return err
		}
	}
	if s.Broken != nil {
		fmt.Fprintln(a.stderr, "meibo: "+a.words(s.Broken.Message))
	}
	if s.Filter == nil {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s\n", strings.TrimRight(s.Formatted, "\n"))
	return err
}

type segmentsContains struct {
	Key string   `arg:"" help:"segment_key"`
	IDs []string `arg:"" name:"id" help:"segment_customer_ids"`
	answerForm
}

func (c *segmentsContains) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer service.ContainsMany
		if err := d.do(ctx, http.MethodPost, segmentPath(c.Key, "contains"), map[string][]string{"ids": c.IDs}, &answer); err != nil {
			return err
		}
		return c.show(a, answer, func() error {
			says := map[string]string{}
			for _, id := range answer.Contained {
				says[id] = "true"
			}
			for _, id := range answer.Missing {
				says[id] = "missing"
			}
			rows := [][]string{{"id", "contains"}}
			for _, id := range c.IDs {
				says := says[id]
				if says == "" {
					says = "false"
				}
				rows = append(rows, []string{id, says})
			}
			return a.writeCells(rows)
		})
	})
}

type segmentsOf struct {
	ID string `arg:"" help:"segment_customer_id"`
	answerForm
}

func (c *segmentsOf) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer service.CustomerSegments
		if _, err := a.read(ctx, d, c.ID, "/segments", &answer); err != nil {
			return err
		}
		return c.show(a, answer, func() error {
			rows := [][]string{{"key", "name"}}
			for _, s := range answer.Segments {
				rows = append(rows, []string{s.Key, a.words(s.Name)})
			}
			for _, s := range answer.Unusable {
				a.tell("判定できません: %s（%s）", "cannot be told: %s (%s)", s.Key, a.words(s.Message))
			}
			return a.writeCells(rows)
		})
	})
}

type segmentsVersions struct {
	Key string `arg:"" help:"segment_key"`
	answerForm
}

func (c *segmentsVersions) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer struct {
			Versions []service.SegmentVersionAnswer `json:"versions"`
		}
		if err := d.do(ctx, http.MethodGet, segmentPath(c.Key, "versions"), nil, &answer); err != nil {
			return err
		}
		return c.show(a, answer, func() error {
			for _, v := range answer.Versions {
				if err := a.writeVersion(v); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// writeVersion writes a version and its difference as patches show one.
func (a *app) writeVersion(v service.SegmentVersionAnswer) error {
	restored := ""
	if v.RestoredFrom > 0 {
		restored = a.words(schema.Words{JA: fmt.Sprintf("（版 %d を復元）", v.RestoredFrom), EN: fmt.Sprintf(" (version %d restored)", v.RestoredFrom)})
	}
	_, err := fmt.Fprintf(a.stdout, "%d  %s  %s  %s%s\n", v.Version, v.At.Format("2006-01-02T15:04:05Z07:00"), visible(v.Author.Name), strings.Join(v.Changed, ", "), restored)
	for _, line := range v.Difference {
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "   %s %s\n", map[string]string{"before": "-", "after": "+", "both": " "}[line.In], visible(line.Text))
	}
	return err
}

type segmentsGraph struct{ answerForm }

func (c *segmentsGraph) run(ctx context.Context, a *app, at place) error {
	return a.withDesk(at, func(d *desk) error {
		var answer service.SegmentGraph
		if err := d.do(ctx, http.MethodGet, "/v1/segments/graph", nil, &answer); err != nil {
			return err
		}
		return c.show(a, answer, func() error {
			rows := [][]string{{"key", "uses", "usedBy", "reads", "state"}}
			for _, n := range answer.Segments {
				rows = append(rows, []string{n.Key, strings.Join(n.Uses, ", "), strings.Join(n.UsedBy, ", "), strings.Join(n.Reads, ", "), stateOf(n.Broken, n.Restricted)})
			}
			return a.writeCells(rows)
		})
	})
}
