package channel

import (
	"slices"
	"strings"

	"meibo/dsl"
	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
)

// Import reads a query; at is the pointer of v in its document. The fields of
// env decide whether declared types are right, its zone what day a date is.
// The result is nil when there are faults, each with its pointer in Field.
// What it is compiled against env says the rest: a field that is not there, or
// a blank string, is an ordinary diagnostic.
func Import(v *jsondoc.Value, at string, env dsl.Env) (*dsl.Query, []schema.ValueError) {
	r := &importer{env: env, places: map[dsl.Node]string{}}
	root := r.query(v, at)
	if len(r.faults.List) > 0 {
		return nil, r.faults.List
	}
	return dsl.FromNode(root, at, r.places)
}

type importer struct {
	env    dsl.Env
	faults jsondoc.Faults
	places map[dsl.Node]string // pointers of predicates
}

func (r *importer) query(v *jsondoc.Value, at string) dsl.Node {
	if r.misplaced(v, at, "and") || !r.faults.Object(v, at, "and") {
		return nil
	}
	list, ok := r.faults.Needs(v, at, "and", jsondoc.Array)
	if !ok {
		return nil
	}
	at = jsondoc.Child(at, "and")
	var groups []dsl.Node
	for i := range list.Items {
		if r.enough() {
			break
		}
		groups = append(groups, r.group(&list.Items[i], jsondoc.Element(at, i)))
	}
	switch len(groups) {
	case 0:
		return nil
	case 1:
		return groups[0]
	}
	return &dsl.And{Parts: groups}
}

// enough: nobody reads more faults, or there are more conditions than a filter
// may have, which is told in the end.
func (r *importer) enough() bool { return r.faults.Full() || len(r.places) > dsl.MaxPredicates }

func (r *importer) group(v *jsondoc.Value, at string) dsl.Node {
	if r.misplaced(v, at, "or") || !r.faults.Object(v, at, "or") {
		return nil
	}
	list, ok := r.faults.Needs(v, at, "or", jsondoc.Array)
	if !ok {
		return nil
	}
	here := jsondoc.Child(at, "or")
	var any []dsl.Node
	for i := range list.Items {
		if r.enough() {
			break
		}
		any = append(any, r.condition(&list.Items[i], jsondoc.Element(here, i))...)
	}
	switch len(any) {
	case 0:
		return r.put(&dsl.Pred{Path: dsl.Path{Names: []string{schema.IDField}}, Op: dsl.In, List: true}, here)
	case 1:
		return any[0]
	}
	return &dsl.Or{Parts: any}
}

// misplaced tells what nests otherwise than AND, OR, condition.
func (r *importer) misplaced(v *jsondoc.Value, at, wanted string) bool {
	for _, found := range []string{"and", "or", "key"} {
		if found == wanted || v.Member(found) == nil || v.Member(wanted) != nil {
			continue
		}
		what := schema.Words{JA: "「" + found + "」", EN: found}
		if found == "key" {
			what = schema.Words{JA: "条件", EN: "a condition"}
		}
		ja, en := "ここには %[1]s を書きます。%[2]sは書けません。", "here belongs %[1]s, not %[3]s"
		switch wanted {
		case "and":
			ja += `全体は {"and":[{"or":[条件]}]} の形です。`
			en += `: the whole has the form {"and":[{"or":[condition]}]}`
		case "or":
			ja += `{"or":[条件]} で包んでください。`
			en += `: put it into {"or":[condition]}`
		}
		r.faults.Add(at, "channel_shape", ja, en, wanted, what.JA, what.EN)
		return true
	}
	return false
}

func (r *importer) put(p *dsl.Pred, at string) dsl.Node {
	r.places[p] = at
	return p
}

// condition is the alternatives that one condition comes to.
func (r *importer) condition(v *jsondoc.Value, at string) []dsl.Node {
	if r.misplaced(v, at, "key") || !r.faults.Object(v, at, r.members(v)...) {
		return nil
	}
	before := len(r.faults.List)
	key, hasKey := r.faults.Needs(v, at, "key", jsondoc.String)
	declared, hasType := r.faults.Needs(v, at, "type", jsondoc.String)
	name, hasOperator := r.faults.Needs(v, at, "operator", jsondoc.String)
	var path dsl.Path
	if hasKey {
		path = r.path(key.Text, jsondoc.Child(at, "key"))
	}
	if !hasType || !r.declared(path, declared.Text, jsondoc.Child(at, "type")) || !hasOperator {
		return nil
	}
	op, names := operatorNamed(name.Text)
	if op.name == "" {
		r.faults.Word(name.Text, jsondoc.Child(at, "operator"), names...)
		return nil
	}
	if !slices.Contains(op.types, declared.Text) {
		r.faults.Add(jsondoc.Child(at, "operator"), "channel_operator", "%[1]s は type が %[2]s の条件では使えません。使えるのは %[3]s です。", "%[1]s does not go with the type %[2]s, only with %[3]s",
			op.name, declared.Text, strings.Join(op.types, ", "))
		return nil
	}
	values := r.values(v, at, declared.Text, op)
	if len(r.faults.List) > before {
		return nil
	}
	return r.predicates(path, declared.Text, op, values, at)
}

// members may stand in a condition: the four, and what begins with $.
func (r *importer) members(v *jsondoc.Value) []string {
	allowed := []string{"key", "type", "operator", "values"}
	for i := range v.Items {
		if strings.HasPrefix(v.Items[i].Name, "$") {
			allowed = append(allowed, v.Items[i].Name)
		}
	}
	return allowed
}

func (r *importer) path(key, at string) dsl.Path {
	plain, ok := strings.CutPrefix(key, "context.user.")
	if !ok {
		plain = strings.TrimPrefix(key, "user.")
	}
	path, ok := dsl.NewPath(plain)
	if !ok {
		r.faults.Add(at, "expected_field", "「%s」は項目名として書けません。", "%s cannot be the name of a field", jsondoc.Clip(key))
	}
	return path
}

// declared holds a type against the field's kind, where there is such a field.
func (r *importer) declared(path dsl.Path, declared, at string) bool {
	if !r.faults.Word(declared, at, types()...) {
		return false
	}
	if r.env.Fields == nil {
		return true
	}
	field, known := r.env.Fields.Lookup(path.Key())
	if known && !slices.Contains(typesOf(field.Kind), declared) {
		r.faults.Add(at, "channel_type", "ここでの %[1]s の type は %[2]s です（%[3]s ではありません）。", "here %[1]s has the type %[2]s, not %[3]s",
			field.Key, strings.Join(typesOf(field.Kind), " / "), declared)
		return false
	}
	return true
}

// predicates says one condition in the language: any of the result.
func (r *importer) predicates(path dsl.Path, declared string, op operator, values []dsl.Value, at string) []dsl.Node {
	p := dsl.Pred{Path: path, Op: op.op, Negated: op.negated, Values: values}
	if declared == typeList {
		p.Op = op.list
	}
	if op.all {
		p.Quantifier = dsl.All
	}
	switch p.Op {
	case dsl.Set:
		p.Values = nil
	case dsl.In, dsl.HasAny, dsl.HasAll:
		p.List = true
	case dsl.Has:
		if len(values) != 1 {
			p.Op, p.List = dsl.HasAny, true
		}
	case dsl.Equal:
		return []dsl.Node{r.put(equal(p, declared == typeList), at)}
	default:
		return r.each(p, declared == typeList, at)
	}
	return []dsl.Node{r.put(&p, at)}
}

// equal: a list equals a set of values, anything else one of them.
func equal(p dsl.Pred, list bool) *dsl.Pred {
	switch {
	case list && len(p.Values) == 0:
		return &dsl.Pred{Path: p.Path, Op: dsl.Set, Negated: true}
	case list:
		p.List = true
	case len(p.Values) != 1:
		p.Op, p.List = dsl.In, true
	}
	return &p
}

// each is a predicate for each value; the complement of several is that of
// their OR, and of none everyone.
func (r *importer) each(p dsl.Pred, list bool, at string) []dsl.Node {
	if len(p.Values) == 0 {
		p.Op, p.List, p.Quantifier = dsl.In, true, dsl.NoQuantifier
		if list {
			p.Op = dsl.HasAny
		}
		return []dsl.Node{r.put(&p, at)}
	}
	values := p.Values[:min(len(p.Values), dsl.MaxPredicates+1)] // beyond it the whole is refused
	negated := p.Negated && len(values) > 1
	var any []dsl.Node
	for _, v := range values {
		one := p
		one.Values, one.Negated = []dsl.Value{v}, p.Negated && !negated
		any = append(any, r.put(&one, at))
	}
	if negated {
		return []dsl.Node{&dsl.Not{Part: &dsl.Or{Parts: any}}}
	}
	return any
}
