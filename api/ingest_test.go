package api

// ingestAccess says who may call which of these routes.
func ingestAccess() []routeAccess { return nil }

// ingestBodies are bodies that these routes take.
func ingestBodies() []exampleBody { return nil }

// provokeIngest brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeIngest() {}
