package dsl

import (
	"cmp"
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// conditions offers what a condition can begin with.
func (p *prompt) conditions() {
	const others = 4 // segment, NOT, a bracket, a string
	p.fields()
	slices.SortStableFunc(p.list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	p.list = p.list[:min(len(p.list), MaxCandidates-others)]
	p.keyword("NOT")
	p.function("segment")
	if p.typed != "" {
		p.segments(true)
		return
	}
	group := p.put(Candidate{Kind: KeywordCandidate, Label: "( )", Detail: keywordName("(")}, "()", 1)
	p.list = append(p.list, ranked{group, rankAfter, p.spaced(`("x")`)})
	p.add(rankLast, p.put(Candidate{Kind: ValueCandidate, Label: `"…"`, Detail: functionName("")}, `""`, 1))
}

func (p *prompt) fields() {
	group, part := p.group()
	for f := range p.env.Fields.All() {
		rank := p.fieldRank(f, group, part)
		if f.Hidden || rank == notFound {
			continue
		}
		if f.Archived {
			rank += rankArchived
		}
		c := Candidate{Kind: FieldCandidate, Label: f.Key, Detail: fieldDetail(f)}
		p.add(rank, p.put(c, pathText(Path{Names: strings.Split(f.Key, ".")}), 0))
	}
}

// group divides a typed path behind its last dot. A group that no field
// belongs to is none: the name behind the dot may still be a field's.
func (p *prompt) group() (group, part string) {
	dot := strings.LastIndexByte(p.typed, '.') + 1
	group, part = p.typed[:dot], p.typed[dot:]
	for f := range p.env.Fields.All() {
		if group != "" && strings.HasPrefix(schema.Fold(f.Key), group) {
			return group, part
		}
	}
	return "", part
}

func (p *prompt) fieldRank(f schema.Field, group, part string) int {
	key := schema.Fold(f.Key)
	if rank := p.rankOf(key); rank != notFound {
		return rank
	}
	if !strings.HasPrefix(key, group) {
		return notFound
	}
	if strings.HasPrefix(lastPart(key), part) {
		return rankLastPart
	}
	ja, en := schema.Fold(f.Labels.JA), schema.Fold(f.Labels.EN)
	switch {
	case strings.HasPrefix(ja, part) || strings.HasPrefix(en, part):
		return rankLabel
	case strings.Contains(key[len(group):], part) || strings.Contains(ja, part) || strings.Contains(en, part):
		return rankWithin
	}
	return notFound
}

func fieldDetail(f schema.Field) schema.Words {
	kind := kindName(f.Kind)
	if f.Archived {
		return say("%[1]s（%[2]s、アーカイブ済み）", "%[3]s (%[4]s, archived)", f.Labels.JA, kind.JA, f.Labels.EN, kind.EN)
	}
	return say("%[1]s（%[2]s）", "%[3]s (%[4]s)", f.Labels.JA, kind.JA, f.Labels.EN, kind.EN)
}

// segments offers the saved filters that are found by their key or name; where
// call is set, as conditions, else as the argument of segment("…").
func (p *prompt) segments(call bool) {
	if p.env.SegmentNames == nil {
		return
	}
	for _, s := range p.env.SegmentNames() {
		rank := p.segmentRank(s)
		if rank == notFound {
			continue
		}
		c := Candidate{Kind: SegmentCandidate, Label: s.Key, Detail: s.Name}
		if call {
			p.add(rank, p.put(c, "segment("+expr.Quote(s.Key)+")", 0))
		} else {
			p.add(rank, p.put(c, p.argument(s.Key), 0))
		}
	}
}

func (p *prompt) segmentRank(s SegmentName) int {
	key, ja, en := schema.Fold(s.Key), schema.Fold(s.Name.JA), schema.Fold(s.Name.EN)
	if rank := p.rankOf(key); rank != notFound {
		return rank
	}
	switch {
	case strings.HasPrefix(ja, p.typed) || strings.HasPrefix(en, p.typed):
		return rankLabel
	case strings.Contains(key, p.typed) || strings.Contains(ja, p.typed) || strings.Contains(en, p.typed):
		return rankWithin
	}
	return notFound
}
