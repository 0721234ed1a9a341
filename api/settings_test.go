package api

// settingsAccess says who may call which of these routes.
func settingsAccess() []routeAccess { return nil }

// settingsBodies are bodies that these routes take.
func settingsBodies() []exampleBody { return nil }

// provokeSettings brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeSettings() {}
