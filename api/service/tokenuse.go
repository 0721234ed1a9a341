package service

import "context"

func (s *register) noteTokens(context.Context) error { return nil }
