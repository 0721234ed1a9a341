package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programEnv makes the test binary the program itself: main runs with the
// arguments in it, one a line.
const programEnv = "MEIBO_TEST_PROGRAM"

// A serverProcess is meibo serve in a process of its own, which can be killed.
type serverProcess struct {
	*shopClient
	cmd    *exec.Cmd
	stderr *lockedBuffer
	ended  chan error
}

// serveProcess starts a server on a folder and waits until it listens.
func serveProcess(t testing.TB, dir string) *serverProcess {
	t.Helper()
	p := &serverProcess{cmd: exec.Command(os.Args[0]), stderr: &lockedBuffer{}, ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), programEnv+"="+strings.Join([]string{"serve", "--addr", "127.0.0.1:0", "--data", dir, "--lang", "en"}, "\n"))
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(p.kill)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if m := listening.FindStringSubmatch(p.stderr.String()); m != nil {
			p.shopClient = ownerClient(t, m[1], dir)
			return p
		}
		if len(p.ended) > 0 {
			break
		}
	}
	t.Fatalf("never listens: %s", p.stderr.String())
	return nil
}

// kill ends the process as a power cut does: nothing of it runs any more.
func (p *serverProcess) kill() {
	if p.ended == nil {
		return
	}
	_ = p.cmd.Process.Kill() // fails only where it has ended
	<-p.ended
	p.ended = nil
}

// stop ends the process as Ctrl-C does, and wants it to end well.
func (p *serverProcess) stop(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	err := <-p.ended
	p.ended = nil
	if err != nil {
		t.Errorf("the server ends with %v: %s", err, p.stderr.String())
	}
}

// beProgram runs main where the test binary was started to be the program.
func beProgram() {
	if args := os.Getenv(programEnv); args != "" {
		os.Args = append(os.Args[:1], strings.Split(args, "\n")...)
		main()
	}
}
