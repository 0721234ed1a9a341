package service

import (
	"context"
	"errors"
	"time"

	"meibo/api/table"
	"meibo/store"
)

// An ImportBody asks for uploads to become customers, as it travels.
type ImportBody struct {
	Uploads      []string          `json:"uploads" nullable:"false" maxItems:"100" doc:"Ids of uploads, in the order in which they are imported."`
	Format       string            `json:"format,omitempty" enum:"csv,ndjson,xlsx" doc:"Of all of them; left out: found out for each."`
	Map          map[string]string `json:"map,omitempty" doc:"Column to field: \"profile.rank\", of a new one \"profile.rank:Number\"; \"\" leaves the column out."`
	Encoding     string            `json:"encoding,omitempty" doc:"Of text: utf-8, shift_jis, euc-jp, euc-kr, utf-16le or utf-16be; left out: found out from all bytes of each."`
	Preset       string            `json:"preset,omitempty" doc:"shopify, cafe24 or none; left out: found by each header."`
	CreateFields bool              `json:"createFields,omitempty" doc:"Columns without a field get one, its kind inferred from all values. Needs the right to edit fields."`
	System       bool              `json:"system,omitempty" doc:"Primitive fields are taken as they are, as from another system's export. Owners only."`
	Key          ImportKey         `json:"key,omitempty" enum:"auto,id,memberId,email,phone" doc:"By what a row finds its customer; auto is the id, without one the memberId."`
	Conflict     ImportConflict    `json:"conflict,omitempty" enum:"overwrite,keep,empty" doc:"What a row does to a customer who is there; empty fills fields without a value."`
	DryRun       bool              `json:"dryRun,omitempty" doc:"Count exactly what would happen, and write nothing. The uploads stay."`
	DateFormat   string            `json:"dateFormat,omitempty" doc:"Of date columns: y/m/d, d/m/y, m/d/y, yyyymmdd or milliseconds; left out: found out for each from all of its values."`
	NumberFormat string            `json:"numberFormat,omitempty" enum:"decimal-point,decimal-comma" doc:"Of number columns; left out: as above."`
	TimeZone     string            `json:"timeZone,omitempty" doc:"Of dates without an offset; left out: the workspace's."`
}

// importAsked is what a job of an import keeps of what was asked.
type importAsked struct {
	ImportBody
	Files []importedFile `json:"files"`
}

type importedFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// request is what the engine is to do; the uploads are read and checked.
func (s *Service) importRequest(b ImportBody) (ImportRequest, []importedFile, error) {
	r := ImportRequest{Format: table.Format(b.Format), CreateFields: b.CreateFields, System: b.System, Key: b.Key, Conflict: b.Conflict, DryRun: b.DryRun,
		DateFormat: b.DateFormat, NumberFormat: b.NumberFormat}
	if b.Preset != "" && b.Preset != PresetNone {
		if _, err := presetNamed(b.Preset); err != nil {
			return r, nil, err
		}
	}
	r.Preset = b.Preset
	encoding := table.Encoding("")
	if b.Encoding != "" {
		var err error
		if encoding, err = table.ParseEncoding(b.Encoding); err != nil {
			return r, nil, refuseTable(err)
		}
	}
	for column, target := range b.Map {
		m, err := ParseColumnMapping(column + "=" + target)
		if err != nil {
			return r, nil, err
		}
		r.Map = append(r.Map, m)
	}
	if b.TimeZone != "" {
		zone, err := time.LoadLocation(b.TimeZone)
		if err != nil || b.TimeZone == "Local" {
			return r, nil, refuseParameter("timeZone", "unknown", "timeZone は Asia/Tokyo のような IANA の名前です。", "timeZone is an IANA name like Asia/Tokyo")
		}
		r.Zone = zone
	}
	files := make([]importedFile, 0, len(b.Uploads))
	for _, id := range b.Uploads {
		u, err := s.upload(id)
		if err != nil {
			return r, nil, err
		}
		files = append(files, importedFile{u.ID, u.Name, u.Size})
		source := s.sourceOf(u)
		source.Encoding = encoding
		r.Sources = append(r.Sources, source)
	}
	if err := s.checkImportRules(&r); err != nil {
		return r, nil, err
	}
	return r, files, nil
}

// StartImport queues an import. Whatever can be known without reading the files
// to their end is refused here.
func (s *Service) StartImport(ctx context.Context, b ImportBody) (Job, error) {
	r, files, err := s.importRequest(b)
	if err != nil {
		return Job{}, err
	}
	im, err := s.newImporter(r)
	if err != nil {
		return Job{}, err
	}
	if err := im.plan(); err != nil {
		return Job{}, err
	}
	s.saving.Lock() // so that no other import takes the same upload
	defer s.saving.Unlock()
	for _, f := range files {
		if busy, takes, err := s.importing(f.ID); err != nil || takes {
			return Job{}, errors.Join(err, refuseImporting(busy))
		}
	}
	if b.TimeZone == "" {
		b.TimeZone = im.zone.String() // so that a later change of the setting does not split the rows
	}
	asked := importAsked{b, files}
	var number uint64
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		if number, err = s.addJob(tx, JobImport, asked); err != nil {
			return err
		}
		return s.audit(tx, act{action: "import.started", kind: "job", key: jobID(number), detail: asked, job: number})
	})
	if err != nil {
		return Job{}, refuseStore(err)
	}
	if err := s.claim(files, number, b.DryRun); err != nil {
		return Job{}, err
	}
	s.jobs.Wake()
	return s.Job(jobID(number))
}

// claim makes uploads end with their import. A dry run leaves them for the
// import that is to follow.
func (s *register) claim(files []importedFile, number uint64, dryRun bool) error {
	if dryRun {
		return nil
	}
	for _, f := range files {
		u, err := s.readUpload(f.ID)
		if err != nil {
			return err
		}
		u.Job = number
		if err := s.keepUpload(u); err != nil {
			return err
		}
	}
	return nil
}
