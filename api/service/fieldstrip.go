package service

import "context"

func (s *register) stripFields(context.Context) error { return nil }
