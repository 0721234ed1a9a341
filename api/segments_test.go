package api

// segmentAccess says who may call which of these routes.
func segmentAccess() []routeAccess { return nil }

// segmentBodies are bodies that these routes take.
func segmentBodies() []exampleBody { return nil }

// provokeSegments brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeSegments() {}
