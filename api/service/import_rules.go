package service

import (
	"slices"

	"meibo/dsl/schema"
)

// An ImportKey says by what a row finds the customer that it is for. A row that
// lacks it is a new customer.
type ImportKey string

// The keys of an import.
const (
	KeyAuto     ImportKey = "auto" // the id; without one the memberId
	KeyID       ImportKey = "id"
	KeyMemberID ImportKey = "memberId"
	KeyEmail    ImportKey = "email" // profile.email, folded
	KeyPhone    ImportKey = "phone" // profile.mobileNumber in E.164
)

// ImportKeys are all of them.
func ImportKeys() []ImportKey { return []ImportKey{KeyAuto, KeyID, KeyMemberID, KeyEmail, KeyPhone} }

// field is the field that holds the key; "" for KeyAuto.
func (k ImportKey) field() string {
	switch k {
	case KeyID:
		return schema.IDField
	case KeyMemberID:
		return schema.MemberIDField
	case KeyEmail:
		return schema.EmailField
	case KeyPhone:
		return schema.MobileNumberField
	}
	return ""
}

// An ImportConflict says what a row does to a customer who is there already.
type ImportConflict string

// The rules for customers who are there.
const (
	ConflictOverwrite ImportConflict = "overwrite" // the row's values take the place of theirs
	ConflictKeep      ImportConflict = "keep"      // they stay as they are
	ConflictEmpty     ImportConflict = "empty"     // only fields without a value are filled
)

// ImportConflicts are all of them.
func ImportConflicts() []ImportConflict {
	return []ImportConflict{ConflictOverwrite, ConflictKeep, ConflictEmpty}
}

// checkImportRules refuses what the caller may not ask, and fills in what is
// left out.
func (s *Service) checkImportRules(r *ImportRequest) error {
	if r.Key == "" {
		r.Key = KeyAuto
	}
	if r.Conflict == "" {
		r.Conflict = ConflictOverwrite
	}
	switch {
	case !slices.Contains(ImportKeys(), r.Key):
		return refuseParameter("key", "unknown_key", "key は auto、id、memberId、email、phone のどれかです。", "key is one of auto, id, memberId, email, phone")
	case !slices.Contains(ImportConflicts(), r.Conflict):
		return refuseParameter("conflict", "unknown_conflict", "conflict は overwrite、keep、empty のどれかです。", "conflict is one of overwrite, keep, empty")
	case checkFormat(r.DateFormat, true) != nil:
		return checkFormat(r.DateFormat, true)
	case checkFormat(r.NumberFormat, false) != nil:
		return checkFormat(r.NumberFormat, false)
	case r.System && !s.caller.May(Administer):
		return refuse(CodeForbidden, "システム項目をそのまま取り込める（system）のは owner だけです。", "only owners may import primitive fields as they are (system)")
	case r.CreateFields && !s.caller.May(EditFields):
		return refuse(CodeForbidden, "このトークンでは項目を作れません（createFields）。", "this token may not create fields (createFields)")
	}
	return nil
}

// checkKeyColumn refuses tables without a column for the key that was asked
// for: every row would be a new customer, which nobody means.
func (im *importer) checkKeyColumn(file *importFile) error {
	key := im.request.Key.field()
	if key == "" || file.columns == nil || file.columnOf(key) != "" {
		return nil
	}
	return refuseFile(file.source.Name,
		"キー（"+string(im.request.Key)+"）の列がありません。"+key+" に入る列を用意するか、別のキーにしてください。",
		"no column goes to "+key+", which is to be the key; map one to it, or choose another key")
}

// checkFormat refuses a format that is stated and is none of its kind.
func checkFormat(name string, date bool) error {
	if name == "" {
		return nil
	}
	f, err := statedFormat(name)
	if err == nil && date == (f.Date == "") {
		err = refuse(CodeBadRequest, "「"+name+"」はここでは使えません。日付は dateFormat、数値は numberFormat です。",
			"the format "+name+" cannot stand here: dates have dateFormat, numbers numberFormat")
	}
	return err
}
