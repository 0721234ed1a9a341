package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"meibo/api"
	"meibo/api/job"
	"meibo/api/service"
	"meibo/api/table"
	"meibo/index/bleveindex"
	"meibo/store"
)

// defaultAddress is where serve listens unless --addr says otherwise.
const defaultAddress = "127.0.0.1:8080"

// shutdownWait bounds how long open requests may take once the program is to
// end; trimPause lies between two trims of the change log.
const (
	shutdownWait = 20 * time.Second
	trimPause    = time.Minute
)

func (a *app) serve(ctx context.Context, at place, c serveCommand) (err error) {
	if at.server != "" {
		return misused("serve に --server は使えません。", "serve takes --data, not --server")
	}
	if c.Demo < 0 {
		return misused("--demo は 0 以上です。", "--demo must not be negative")
	}
	if c.ColumnMemory < 0 {
		return misused("--column-memory は 0 以上の MiB です。", "--column-memory is a number of MiB, not negative")
	}
	log := a.logger()
	processors, restore := a.shareProcessors()
	defer restore()
	w, err := a.openWorkspaceWith(at.data, true, log, bleveindex.Options{Warm: true, Workers: processors, ColumnBytes: c.ColumnMemory << 20})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if c.Demo > 0 {
		if err := a.fillDemo(ctx, w, c.Demo); err != nil {
			return err
		}
	}
	if err := a.ensureOwner(w); err != nil {
		return err
	}
	server, err := api.Start(c.Addr, api.NewHandler(api.Config{Service: w.Service, Log: log, Version: versionText(), BehindTLS: c.BehindTLS}), log)
	if errors.Is(err, syscall.EADDRINUSE) {
		return failed("%s はほかのプログラムが使っています。--addr で別のポートを指定してください。", "%s is in use by another program; choose another port with --addr", c.Addr)
	}
	if err != nil {
		return err
	}
	w.StartUpkeep()
	w.StartJobs()
	if err := a.tellAddress(at, w, server.Addr().String()); err != nil {
		return errors.Join(err, server.Shutdown(ctx))
	}
	return a.serveUntilDone(ctx, w, server, log)
}

// serveUntilDone keeps the change log short until ctx ends, then lets open
// requests finish.
func (a *app) serveUntilDone(ctx context.Context, w *workspace, server *api.Server, log *slog.Logger) error {
	trim := time.NewTicker(trimPause)
	defer trim.Stop()
	for {
		select {
		case <-server.Ended():
			return server.Shutdown(context.WithoutCancel(ctx))
		case <-trim.C:
			if err := w.trimLog(ctx); err != nil && ctx.Err() == nil {
				log.Warn("the change log was not trimmed", "err", err)
			}
		case <-ctx.Done():
			a.tell("終了します。処理中のリクエストを待っています…", "stopping: waiting for open requests…")
			a.tellJobsStop(context.WithoutCancel(ctx), w)
			waiting, stop := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
			defer stop()
			return server.Shutdown(waiting)
		}
	}
}

// tellJobsStop says of each job that runs that it ends after its step. (Closing
// the workspace waits for that.)
func (a *app) tellJobsStop(ctx context.Context, w *workspace) {
	running, err := w.Jobs(ctx, service.JobsRequest{State: job.Running})
	if err != nil {
		return // whatever it is, stopping does not depend on it
	}
	for _, j := range running.Jobs {
		a.tell("ジョブ %s（%s）はいまのステップを終えて止まり、次に起動したとき続きから始まります。",
			"the job %s (%s) stops after its step and goes on at the next start", j.ID, j.Kind)
	}
}

// fillDemo gives an empty folder its demo customers.
func (a *app) fillDemo(ctx context.Context, w *workspace, n int) error {
	if have := w.store.Len(); have > 0 {
		a.tell("顧客がすでに %s 人いるため、デモ顧客は追加しません。", "there are %s customers already; no demo customers are added", grouped(have))
		return nil
	}
	defer a.collectLess()()
	a.tell("デモ顧客 %s 人を作っています…", "making %s demo customers…", grouped(n))
	now := a.clock().UTC().Truncate(24 * time.Hour)
	r := service.ImportRequest{Sources: []table.Source{newDemoCustomers(1, now).source(uint64(n))},
		Format: table.NDJSON, System: true}
	shown := a.showImport(&r)
	result, err := w.Import(ctx, r)
	shown.end()
	if err == nil && result.Bad > 0 {
		err = fmt.Errorf("%d demo customers were refused: %s", result.Bad, result.Faults[0].First.Reason.EN)
	}
	if err != nil {
		return err
	}
	return w.trimLog(ctx)
}

// ensureOwner makes a token for the owner where none lets one in, and leaves it
// in the data folder, readable for its owner only.
func (a *app) ensureOwner(w *workspace) error {
	if _, err := w.OwnerToken(); service.CodeOf(err) != service.CodeNotFound {
		return err
	}
	secret, _, err := w.store.CreateToken(store.NewToken{Name: "owner", Role: service.RoleOwner})
	if err != nil {
		return err
	}
	path := filepath.Join(w.dir, tokenFile)
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("keep the owner's token: %w", err)
	}
	a.tell("オーナーのトークンを %s に書きました。", "the owner's token is in %s", path)
	return nil
}

// tellAddress says where the server is and how to get in. The link's key stands
// in the fragment, which browsers keep to themselves.
func (a *app) tellAddress(at place, w *workspace, addr string) error {
	owner, err := w.OwnerToken()
	if err != nil {
		return err
	}
	key, err := w.SignInKey(owner.ID, service.ServeSignInTime)
	if err != nil {
		return err
	}
	a.tell("http://%s で待ち受けています（顧客 %s 人）。Ctrl-C で終了します。", "listening on http://%s (%s customers); stop with Ctrl-C", addr, grouped(w.store.Len()))
	a.tell("サインイン（1 回だけ、24 時間以内）: http://%s%s", "sign in (once, within 24 hours): http://%s%s", addr, key.Path)
	a.tell("試すには: %s", "try: %s", fmt.Sprintf("meibo query --server http://%s --data %s 'member = true AND web.sessionsCount > 5'", addr, at.data))
	return nil
}
