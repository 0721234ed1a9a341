package api

// sessionAccess says who may call which of these routes.
func sessionAccess() []routeAccess { return nil }

// sessionBodies are bodies that these routes take.
func sessionBodies() []exampleBody { return nil }

// provokeSession brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeSession() {}
