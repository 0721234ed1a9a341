package main

import (
	"fmt"
	"runtime/debug"
)

func (a *app) version() error {
	_, err := fmt.Fprintln(a.stdout, "meibo "+versionText())
	return err
}

// versionText is the module's version, or the commit that it was built from.
func versionText() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (version == "" || version == "(devel)") {
			version = s.Value
		}
	}
	if version == "" {
		version = "(devel)"
	}
	return version
}
