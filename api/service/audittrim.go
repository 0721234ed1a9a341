package service

import (
	"context"
	"time"
)

// auditPause lies between two rounds of forgetting. What is too old is not
// shown meanwhile.
const auditPause = time.Hour

// trimAudit forgets what is older than the workspace keeps the audit log, at
// most once an hour. A round that fails is tried again at the next.
func (s *register) trimAudit(ctx context.Context) error {
	return s.auditTrimmed.do(s.clock(), auditPause, func() error {
		_, err := s.store.TrimAudit(ctx, s.auditBegins())
		return err
	})
}

// auditBegins is the earliest time, in epoch milliseconds, of which the audit
// log is kept.
func (s *register) auditBegins() int64 {
	days := time.Duration(s.store.Settings().AuditDays)
	return s.clock().Add(-days * 24 * time.Hour).UnixMilli()
}
