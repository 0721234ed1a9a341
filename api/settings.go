package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type settingsOutput struct{ Body service.Settings }

type settingsPatch struct {
	Zone        *string `json:"zone,omitempty"`
	Region      *string `json:"region,omitempty"`
	WeekStart   *string `json:"weekStart,omitempty" doc:"mon, tue, wed, thu, fri, sat or sun."`
	HistoryDays *int    `json:"historyDays,omitempty" doc:"1 to 3650."`
	AuditDays   *int    `json:"auditDays,omitempty" doc:"1 to 3650."`
	ExportDays  *int    `json:"exportDays,omitempty" doc:"1 to 90."`
	Language    *string `json:"language,omitempty" doc:"ja or en."`
}

type patchSettingsInput struct{ Body settingsPatch }

func (h *handler) registerSettings(routes huma.API) {
	register(routes, operation(http.MethodGet, "/v1/settings", "getSettings", "The workspace's settings", service.SignedIn),
		func(ctx context.Context, _ *struct{}) (*settingsOutput, error) {
			return &settingsOutput{h.as(ctx).Settings()}, nil
		})
	patch := withBody(operation(http.MethodPatch, "/v1/settings", "patchSettings", "Change settings", service.Administer, 422, 503), maxCustomerBody, bodyTime)
	patch.Description = "What the body does not name stays. Nothing changes when any of it is wrong."
	register(routes, patch, func(ctx context.Context, in *patchSettingsInput) (*settingsOutput, error) {
		settings, err := h.as(ctx).PatchSettings(ctx, service.SettingsPatch(in.Body))
		if err != nil {
			return nil, h.problemOf(ctx, err)
		}
		return &settingsOutput{settings}, nil
	})
}
