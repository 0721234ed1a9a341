package api

// historyAccess says who may call which of these routes.
func historyAccess() []routeAccess { return nil }

// historyBodies are bodies that these routes take.
func historyBodies() []exampleBody { return nil }

// provokeHistory brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeHistory() {}
