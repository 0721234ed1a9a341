// Package api serves the use cases of package service over HTTP: routes,
// bearer tokens, limits, problem documents and the OpenAPI 3.1 document that
// is derived from the same Go types which read and write the messages.
//
// It hides gin and huma, how a request becomes a use case's arguments and how
// a refusal becomes a status. huma gives the document, the checks of bodies
// and parameters and content types; gin routes below it. Customer bodies are
// passed on raw, so that null differs from absent and numbers keep their
// digits.
//
// It never decides anything about customers, never logs a filter, a body or a
// customer's value, and never uses gin's own server, binding, logger or
// recovery.
package api
