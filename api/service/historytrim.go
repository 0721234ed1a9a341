package service

import "context"

func (s *register) trimHistory(context.Context) error { return nil }
