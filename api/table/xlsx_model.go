package table

import (
	"encoding/xml"
	"fmt"
	"path"
	"strings"
)

// A relation names a part by its role.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

type relations struct {
	All []relation `xml:"Relationship"`
}

// workbookModel is what is needed of the part that lists the sheets.
type workbookModel struct {
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		State    string `xml:"state,attr"`
		Relation string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		Strict   string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"`
	} `xml:"sheets>sheet"`
}

// readModel finds the first visible sheet and those behind it, the strings and
// the styles.
func (w *workbookParts) readModel() error {
	book := "xl/workbook.xml"
	if related, err := w.relations("_rels/.rels", ""); err == nil {
		if r, ok := related["officeDocument"]; ok {
			book = r
		}
	}
	if _, ok := w.parts[book]; !ok {
		return w.refuseOther()
	}
	var model workbookModel
	if err := w.decode(book, &model); err != nil {
		return err
	}
	folder := path.Dir(book)
	related, err := w.relations(folder+"/_rels/"+path.Base(book)+".rels", folder)
	if err != nil {
		return err
	}
	w.date1904 = model.Properties.Date1904 == "1" || model.Properties.Date1904 == "true"
	w.strings = related["sharedStrings"]
	visible := false
	for _, sheet := range model.Sheets {
		part := related["worksheet "+sheet.Relation+sheet.Strict]
		if _, ok := w.parts[part]; !ok {
			continue // a chart, or a sheet that is not there
		}
		if shown := sheet.State == "" || sheet.State == "visible"; visible && shown {
			w.more = append(w.more, part)
		}
		if visible {
			continue
		}
		if visible = sheet.State == "" || sheet.State == "visible"; visible || w.sheet == "" {
			w.sheet = part
		}
	}
	if w.sheet == "" {
		return refuseFile("", "シートがありません。", "the workbook has no sheet")
	}
	return w.readStyles(related["styles"])
}

func (w *workbookParts) refuseOther() error {
	for part, words := range map[string][2]string{
		"xl/workbook.bin":   {"XLSB 形式です。Excel で .xlsx として保存し直してください。", "this is an XLSB workbook; save it as .xlsx"},
		"content.xml":       {"OpenDocument 形式です。.xlsx として保存し直してください。", "this is an OpenDocument file; save it as .xlsx"},
		"word/document.xml": {"Word の文書です。", "this is a Word document"},
	} {
		if _, ok := w.parts[part]; ok {
			return refuseFile("", words[0], words[1])
		}
	}
	return refuseFile("", "ZIP ファイルですが、Excel のファイルではありません。中の CSV か XLSX を取り出してください。",
		"this is a ZIP file but no workbook; take the CSV or XLSX out of it")
}

func (w *workbookParts) decode(name string, into any) error {
	content, err := w.whole(name)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%w: %s: %v", errBadXML, name, err)
	}
	return nil
}

// relations are the parts by role; sheets, of which there are many, by role
// and id.
func (w *workbookParts) relations(name, folder string) (map[string]string, error) {
	var list relations
	if err := w.decode(name, &list); err != nil {
		return nil, err
	}
	related := map[string]string{}
	for _, r := range list.All {
		target := strings.ToLower(strings.ReplaceAll(r.Target, `\`, "/"))
		if !strings.HasPrefix(target, "/") {
			target = path.Join(folder, target)
		}
		target = strings.TrimPrefix(target, "/")
		role := path.Base(r.Type)
		related[role] = target
		related[role+" "+r.ID] = target
	}
	return related, nil
}
