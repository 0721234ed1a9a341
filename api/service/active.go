package service

import (
	"fmt"
	"regexp"
)

// A MonthlyActive is how many customers were active in a month.
type MonthlyActive struct {
	Month string `json:"month" doc:"a calendar month of the workspace's time zone"`
	Count uint64 `json:"count" doc:"customers whose updatedAt moved in it: a visit, a changed profile field, a new or merged customer; imports that bring updatedAt do not count"`
}

var monthForm = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)

// MonthlyActive counts the customers who were active in a month, "2026-11".
func (s *Service) MonthlyActive(month string) (MonthlyActive, error) {
	if !monthForm.MatchString(month) || month < "0001" {
		return MonthlyActive{}, refuseParameter("month", "bad_month", "month は 2026-11 の形で指定してください。", "month has the form 2026-11")
	}
	count, err := s.store.Active(month)
	if err != nil {
		return MonthlyActive{}, fmt.Errorf("count the active customers of a month: %w", err)
	}
	return MonthlyActive{Month: month, Count: count}, nil
}
