package service

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/store"
)

// Bounds of uploads.
const (
	MaxUpload      = 4 << 30 // bytes
	uploadLife     = 24 * time.Hour
	maxUploadName  = 255              // characters
	uploadReserve  = 256 << 20        // bytes that the disk keeps free
	uploadLookEach = int64(256 << 20) // bytes between two looks at the free space
)

// Names below Config.Folder. An upload is ID.data with ID.json, which says what
// it is and whose; one that is still arriving is ID.part. Whoever deletes the
// folder has deleted all uploads. Files of refused rows are a job's, see jobFile.
const (
	uploadsFolder = "uploads"
	uploadPart    = ".part"
	uploadData    = ".data"
	uploadMeta    = ".json"
)

// A storedUpload is what is kept about a file that waits to be imported.
type storedUpload struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	Token     string `json:"token"`         // whose it is; "" is the command line's
	Job       uint64 `json:"job,omitempty"` // the import that ends with deleting it; 0: none yet
	CreatedAt int64  `json:"createdAt"`     // epoch milliseconds
}

func (u storedUpload) expiresAt() int64 { return u.CreatedAt + uploadLife.Milliseconds() }

// An uploads folder keeps files that were sent to be imported.
func (s *register) uploadPath(id, kind string) string {
	return filepath.Join(s.folder, uploadsFolder, id+kind)
}

func (s *register) needFolder() error {
	if s.folder != "" {
		return nil
	}
	return refuse(CodeBadRequest, "このサービスにはファイルを置く場所がありません。", "this register has no place for files")
}

// Upload keeps a file until it is imported, a day at most, and looks at it. size
// is how much is said to come, -1 for unknown. Cost: one write of the file.
func (s *Service) Upload(ctx context.Context, name string, size int64, body io.Reader) (Upload, error) {
	if err := s.needFolder(); err != nil {
		return Upload{}, err
	}
	name, err := uploadName(name)
	if err != nil {
		return Upload{}, err
	}
	if size > s.most {
		return Upload{}, s.refuseUploadSize()
	}
	u := storedUpload{ID: strings.ToLower(rand.Text()), Name: name, Token: s.caller.TokenID, CreatedAt: s.clock().UnixMilli()}
	if u.Size, err = s.receive(ctx, u.ID, size, body); err != nil {
		return Upload{}, err
	}
	answer, err := s.lookAt(ctx, u)
	if err == nil {
		err = s.keepUpload(u)
	}
	if err != nil {
		return Upload{}, errors.Join(err, s.dropUpload(u.ID))
	}
	return answer, nil
}

func uploadName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	switch {
	case name == "" || name == "." || name == "..":
		return "", refuseParameter("name", "missing", "name にファイル名を付けてください（例: ?name=customers.csv）。", "name says what the file is called, for example ?name=customers.csv")
	case !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxUploadName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", refuseParameter("name", "invalid", fmt.Sprintf("name は制御文字のない %d 文字までの名前です。", maxUploadName), fmt.Sprintf("name has at most %d characters, and no control characters", maxUploadName))
	}
	return name, nil
}

func (s *register) refuseUploadSize() *Error {
	return refuse(CodeTooLarge, fmt.Sprintf("ファイルは %d MiB までです。分けて送ってください。", s.most>>20), fmt.Sprintf("a file has at most %d MiB; send it in parts", s.most>>20))
}

// receive writes what comes to the disk. Nothing is left of what does not come whole.
func (s *register) receive(ctx context.Context, id string, size int64, body io.Reader) (written int64, err error) {
	part := s.uploadPath(id, uploadPart)
	if err := os.MkdirAll(filepath.Dir(part), 0o700); err != nil {
		return 0, fmt.Errorf("make the folder of uploads: %w", err)
	}
	if err := s.checkRoom(max(size, 0)); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep an upload: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	written, err = s.copyUpload(ctx, f, body)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return written, err
	}
	return written, os.Rename(part, s.uploadPath(id, uploadData))
}

func (s *register) copyUpload(ctx context.Context, f io.Writer, body io.Reader) (written int64, err error) {
	for {
		n, err := io.CopyN(f, body, min(uploadLookEach, s.most+1-written))
		written += n
		switch {
		case written > s.most:
			return written, s.refuseUploadSize()
		case errors.Is(err, io.EOF):
			return written, nil
		case err != nil:
			return written, fmt.Errorf("receive an upload: %w", err)
		case ctx.Err() != nil:
			return written, ctx.Err()
		}
		if err := s.checkRoom(0); err != nil {
			return written, err
		}
	}
}

func (s *register) checkRoom(coming int64) error {
	free, err := store.FreeBytes(s.folder)
	if needed := uint64(coming) + uploadReserve; err == nil && free < needed {
		err = refuseSpace(&store.NoSpaceError{Needed: needed, Free: free})
	}
	return err
}

// keepUpload writes what is known of an upload, as a whole or not at all.
func (s *register) keepUpload(u storedUpload) error {
	raw, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	part := s.uploadPath(u.ID, uploadMeta+uploadPart)
	if err := os.WriteFile(part, raw, 0o600); err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	return os.Rename(part, s.uploadPath(u.ID, uploadMeta))
}

var uploadID = regexp.MustCompile(`^[a-z0-9]{20,40}$`)

// upload reads what is known of an upload of the caller; CodeNotFound for every other.
func (s *Service) upload(id string) (u storedUpload, err error) {
	if err := s.needFolder(); err != nil {
		return u, err
	}
	if uploadID.MatchString(id) {
		u, err = s.readUpload(id)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return u, err
	}
	over := s.clock().UnixMilli() >= u.expiresAt()
	if err == nil && u.Job != 0 {
		over, err = s.jobEnded(u.Job)
	}
	if err != nil || u.ID == "" || u.Token != s.caller.TokenID || over {
		return storedUpload{}, refuse(CodeNotFound, "その ID のアップロードはありません。24 時間で消えます。もう一度送ってください。",
			"there is no upload with this id; they are kept for 24 hours: send the file again")
	}
	return u, nil
}

func (s *register) readUpload(id string) (u storedUpload, err error) {
	raw, err := os.ReadFile(s.uploadPath(id, uploadMeta))
	if err == nil {
		err = json.Unmarshal(raw, &u)
	}
	if err != nil {
		return storedUpload{}, fmt.Errorf("read an upload: %w", err)
	}
	return u, nil
}

func (s *register) sourceOf(u storedUpload) table.Source {
	return table.Source{Name: u.Name, Path: s.uploadPath(u.ID, uploadData), Size: u.Size, TempDir: s.folder}
}

// DeleteUpload deletes a file that was sent. One of which an import is under
// way stays: CodeInUse.
func (s *Service) DeleteUpload(id string) error {
	u, err := s.upload(id)
	if err != nil {
		return err
	}
	busy, _, err := s.importing(u.ID)
	if err != nil {
		return err
	}
	if busy != 0 {
		return refuseImporting(busy)
	}
	return s.dropUpload(u.ID)
}

func refuseImporting(number uint64) *Error {
	return refuse(CodeInUse, fmt.Sprintf("ジョブ %d がこのファイルを使っています。終わるのを待つか、取り消してください。", number),
		fmt.Sprintf("the job %d works with this file; wait for its end, or cancel it", number))
}

// importing is the first job that has not ended and imports an upload, 0 for
// none, and whether that takes the upload with it: a dry run does not.
func (s *register) importing(id string) (number uint64, takes bool, err error) {
	jobErr := s.store.Jobs(0, func(j store.Job) bool {
		if j.Kind != JobImport || job.Ended(j.State) {
			return true
		}
		var asked importAsked
		if err = json.Unmarshal(j.Request, &asked); err != nil {
			return false
		}
		if slices.ContainsFunc(asked.Files, func(f importedFile) bool { return f.ID == id }) {
			number, takes = j.Number, takes || !asked.DryRun
		}
		return true
	})
	return number, takes, errors.Join(err, jobErr)
}

func (s *register) dropUpload(id string) error {
	var errs []error
	for _, kind := range []string{uploadMeta, uploadData} {
		if err := os.Remove(s.uploadPath(id, kind)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("delete an upload: %w", err))
		}
	}
	return errors.Join(errs...)
}
