package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// infer reads all values of all files to decide the kinds of new fields and how
// dates and numbers stand in each column; where nothing is to be decided it
// reads nothing.
func (im *importer) infer(ctx context.Context) error {
	needed := slices.ContainsFunc(im.files, func(f *importFile) bool {
		return f.format == table.NDJSON && im.request.CreateFields || slices.ContainsFunc(f.columns, func(c *column) bool { return c.finder != nil || c.pending != nil })
	})
	rows := 0
	for _, file := range im.files {
		if !needed {
			break
		}
		err := im.each(file, func(r table.Row, fault *table.Fault) error {
			if rows++; rows%1000 == 0 {
				im.tell(im.reading(StageInfer, file, rows))
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			if fault != nil {
				return nil // told when it is imported
			}
			return im.observe(file, r)
		})
		if err != nil {
			return err
		}
	}
	return im.settle()
}

// settle gives the new fields their kinds, and the columns their formats.
func (im *importer) settle() error {
	created := im.kinds()
	fields, err := im.fields.With(created...)
	if err != nil {
		return fmt.Errorf("create fields: %w", err)
	}
	im.fields, im.report.Fields = fields, created
	for _, file := range im.files {
		for _, col := range file.columns {
			if doubt := im.chooseFormat(col); len(doubt) > 0 {
				return refuseDoubt(file, col, doubt)
			}
		}
	}
	return nil
}

// kinds gives the new fields their kinds.
func (im *importer) kinds() (created []schema.Field) {
	for _, file := range im.files {
		for _, col := range file.columns {
			if col.finder != nil && col.pending != nil && !col.pending.fixed {
				col.pending.seen |= col.finder.evidence()
			}
		}
	}
	return im.resolver.settle()
}

// chooseFormat says how a column's dates and numbers are to be read. doubt
// names the formats between which the values do not decide.
func (im *importer) chooseFormat(col *column) (doubt []string) {
	f, ok := col.target()
	switch {
	case !ok || col.finder == nil:
		return nil
	case f.Kind == schema.Date && im.request.DateFormat != "":
		col.format, _ = statedFormat(im.request.DateFormat) // it was checked
		return nil
	case f.Kind == schema.Number && im.request.NumberFormat != "":
		col.format, _ = statedFormat(im.request.NumberFormat)
		return nil
	case f.Kind != schema.Date && f.Kind != schema.Number:
		return nil
	}
	col.format, doubt = col.finder.choose()
	return doubt
}

// refuseDoubt asks for the format of a column.
func refuseDoubt(file *importFile, col *column, formats []string) *Error {
	list, flag := strings.Join(formats, ", "), "--date-format (dateFormat)"
	if strings.HasPrefix(formats[0], "decimal-") {
		flag = "--number-format (numberFormat)"
	}
	return refuseFile(file.source.Name,
		fmt.Sprintf("列「%s」は値だけでは読み方が決まりません（%s）。%s で指定してください。", col.name, list, flag),
		fmt.Sprintf("the values of the column %q do not say how they are written (%s); state it with %s", col.name, list, flag))
}

func (im *importer) observe(file *importFile, r table.Row) error {
	for i, cell := range file.cells(r) {
		if finder := file.columns[i].finder; finder != nil {
			finder.see(cell)
		}
	}
	for _, member := range r.Members {
		col, err := file.key(member.Key)
		if err != nil {
			return err
		}
		if p := col.pending; p != nil && !p.fixed {
			p.seen |= seenInJSON(member.Raw, im.zone)
		}
	}
	return nil
}

// createFields is a step of its own, with the plan: what follows it finds both.
func (im *importer) createFields(ctx context.Context) error {
	im.service.saving.Lock()
	defer im.service.saving.Unlock()
	return im.commit(ctx, func(tx *store.Tx) (importMoment, error) {
		if len(im.report.Fields) == 0 {
			return im.importMoment, nil
		}
		if err := im.putFields(tx); err != nil {
			return im.importMoment, err
		}
		for _, f := range im.report.Fields {
			if err := im.service.audit(tx, act{action: "field.created", kind: "field", key: f.Key, after: f, job: im.job}); err != nil {
				return im.importMoment, err
			}
		}
		return im.importMoment, nil
	})
}

// putFields adds the new fields. A key that somebody took meanwhile, or that is
// a field which the caller does not see, is refused.
func (im *importer) putFields(tx *store.Tx) error {
	for _, f := range im.report.Fields {
		if taken, ok := tx.Fields().LookupAnyCase(f.Key); ok {
			return refuse(CodeExists, "項目 "+taken.Key+" はすでにあります。列を別の項目に割り当ててください。", "there is a field "+taken.Key+" already; map the column to another")
		}
	}
	return refuseFieldStore(tx.PutFields(im.report.Fields))
}
