package api

// fieldAccess says who may call which of these routes.
func fieldAccess() []routeAccess { return nil }

// fieldBodies are bodies that these routes take.
func fieldBodies() []exampleBody { return nil }

// provokeFields brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeFields() {}
