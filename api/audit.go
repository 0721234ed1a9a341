package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type auditInput struct {
	Actor  string `query:"actor" doc:"Who did it: the id or the name of a token. The command line on a data folder is cli."`
	Action string `query:"action" doc:"What was done, field.deleted; or all that begins so, field. with its dot."`
	Kind   string `query:"kind" doc:"Of what was acted on: field, segment, token, session, secret, settings, job, export, customer."`
	Key    string `query:"key" doc:"Of what was acted on, exactly."`
	Job    string `query:"job" doc:"The id of the job that did it."`
	Q      string `query:"q" doc:"A text anywhere in the entry, without regard to case, width and the like."`
	From   string `query:"from" doc:"The first day, 2026-11-23, in the workspace's zone, or the first instant: ISO 8601 or epoch milliseconds."`
	To     string `query:"to" doc:"The last day or instant."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries of a page."`
	Cursor string `query:"cursor" doc:"nextCursor of the page before, with the same filter."`
}

type auditOutput struct{ Body service.AuditAnswer }

func (h *handler) registerAudit(routes huma.API) {
	list := operation(http.MethodGet, "/v1/audit", "listAudit", "Who changed what", service.ReadAudit, 400, 410)
	list.Description = "Changes of fields, segments, tokens, secrets and settings, sign-ins, exports, bulk actions, imports and erasures, as long as auditDays says. Nobody can change an entry. A filtered page looks at 10,000 entries at the most and then answers what it has found, with a nextCursor to go on with."
	register(routes, list, h.audit)
}

func (h *handler) audit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	answer, err := h.as(ctx).AuditLog(ctx, service.AuditRequest{Actor: in.Actor, Action: in.Action, Kind: in.Kind, Key: in.Key, Job: in.Job,
		Q: in.Q, From: in.From, To: in.To, Limit: &in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &auditOutput{answer}, nil
}
