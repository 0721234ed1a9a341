package api

// tokenAccess says who may call which of these routes.
func tokenAccess() []routeAccess { return nil }

// tokenBodies are bodies that these routes take.
func tokenBodies() []exampleBody { return nil }

// provokeTokens brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeTokens() {}
