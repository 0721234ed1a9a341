package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"meibo/dsl/channel"
	"meibo/dsl/schema"
)

// handlerOf is a handler as huma takes it.
type handlerOf[I, O any] func(context.Context, *I) (*O, error)

// Names of the ways in which a request says who makes it.
const (
	tokenScheme   = "token"
	sessionScheme = "session"
)

// documentConfig is huma without its pages, its own routes and the links that
// it would put into every answer.
func documentConfig(version string) huma.Config {
	if version == "" {
		version = "0"
	}
	c := huma.DefaultConfig("meibo", version)
	c.CreateHooks, c.OpenAPIPath, c.DocsPath, c.SchemasPath = nil, "", "", ""
	c.Components.Schemas = huma.NewMapRegistry(schemaPrefix, schemaName)
	c.Info.Description = "A customer register with a filter language. Problems are RFC 9457 documents with a stable `code`."
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{tokenScheme: {Type: "http", Scheme: "bearer",
		Description: "A token's secret, from `meibo token create`. It wins where a cookie comes too."},
		sessionScheme: {Type: "apiKey", In: "cookie", Name: cookieName,
			Description: "The cookie of POST /v1/session; by TLS its name is `" + secureCookieName + "`. A request with it that a page of another origin makes a browser send is refused: 403, `cross_site`."}}
	return c
}

// serveDocument answers /openapi.json, to anyone: it holds no customer.
func serveDocument(engine *gin.Engine, routes huma.API) {
	body := document(routes)
	engine.GET("/openapi.json", func(c *gin.Context) {
		c.Writer.Header().Set("Content-Type", "application/json")
		c.Writer.WriteHeader(http.StatusOK)
		_, _ = c.Writer.Write(body)
	})
}

// document is the OpenAPI 3.1 document, indented so that a change of it reads
// well.
func document(routes huma.API) []byte {
	compact, err := json.Marshal(routes.OpenAPI())
	if err != nil {
		panic("api: the document is built from our own types: " + err.Error())
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		panic("api: the document is JSON: " + err.Error())
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// operationAt is the documented operation that was registered, to be refined.
func operationAt(routes huma.API, op huma.Operation) *huma.Operation {
	item := routes.OpenAPI().Paths[op.Path]
	switch op.Method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPut:
		return item.Put
	case http.MethodPatch:
		return item.Patch
	case http.MethodDelete:
		return item.Delete
	}
	panic("api: no such method in the document: " + op.Method)
}

// schemaOf registers a type and refers to it.
func schemaOf[T any](routes huma.API) *huma.Schema {
	return registered[T](routes.OpenAPI().Components.Schemas)
}

func registered[T any](r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	return r.Schema(t, true, t.Name())
}

const schemaPrefix = "#/components/schemas/"

// schemaName is a type's name in the document. What another system calls a
// query is not ours.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.PkgPath() == reflect.TypeFor[channel.Query]().PkgPath() {
		name = "Channel" + name
	}
	return name
}

// customerSchema describes a customer as it is answered. The fields are those
// that every workspace starts with; profile may have any others.
func customerSchema(r huma.Registry) *huma.Schema {
	return component(r, "Customer", func() *huma.Schema {
		s := describeFields(func(schema.Field) bool { return true }, func(f schema.Field) *huma.Schema { return valueSchema(f, false) })
		s.Required = []string{schema.IDField}
		s.Description = "A customer as nested JSON. Fields without a value are left out. Dates are epoch milliseconds."
		return s
	})
}

// customerEditSchema describes a customer as it is sent.
func customerEditSchema(routes huma.API) *huma.Schema {
	return component(routes.OpenAPI().Components.Schemas, "CustomerEdit", func() *huma.Schema {
		s := describeFields(func(schema.Field) bool { return true }, func(f schema.Field) *huma.Schema { return valueSchema(f, true) })
		s.Properties["profileOnce"] = &huma.Schema{Type: "object", Nullable: true, AdditionalProperties: true,
			Description: "Values for profile fields that have none yet; where one has, nothing happens. Names as in profile."}
		s.Description = "A customer's fields as nested JSON, or by dotted keys; null, blank text and [] clear one. Fields that are read-only are refused unless they are sent back unchanged."
		return s
	})
}

// component registers a schema of our own under a name, once.
func component(r huma.Registry, name string, build func() *huma.Schema) *huma.Schema {
	if r.Map()[name] == nil {
		s := build()
		s.PrecomputeMessages()
		r.Map()[name] = s
	}
	return &huma.Schema{Ref: schemaPrefix + name}
}

func describeFields(include func(schema.Field) bool, value func(schema.Field) *huma.Schema) *huma.Schema {
	object := func() *huma.Schema {
		return &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{}, AdditionalProperties: true}
	}
	whole := object()
	for _, f := range schema.InitialFields() {
		if !include(f) {
			continue
		}
		group, name, nested := strings.Cut(f.Key, ".")
		if !nested {
			whole.Properties[f.Key] = value(f)
			continue
		}
		if whole.Properties[group] == nil {
			whole.Properties[group] = object()
		}
		whole.Properties[group].Properties[name] = value(f)
	}
	return whole
}

// valueSchema describes a field's value; one that is sent may be null, and a
// date ISO 8601 text.
func valueSchema(f schema.Field, sent bool) *huma.Schema {
	s := &huma.Schema{Description: f.Labels.EN, Nullable: sent && f.Key != schema.IDField, ReadOnly: !sent && f.Write == schema.WriteSystem}
	switch f.Kind {
	case schema.Boolean:
		s.Type = "boolean"
	case schema.Number:
		s.Type = "number"
	case schema.Date:
		if s.Type = "integer"; sent {
			s = &huma.Schema{Description: f.Labels.EN + ": epoch milliseconds or ISO 8601 text",
				AnyOf: []*huma.Schema{{Type: "integer"}, {Type: "string", Nullable: true}}}
		}
	case schema.List:
		s.Type, s.Items = "array", &huma.Schema{Type: "string"}
	default:
		s.Type = "string"
	}
	return s
}
