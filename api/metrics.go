package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"meibo/api/service"
)

// metrics are the figures of one handler. Labels are route patterns, methods
// and statuses: a bounded number, and nothing of a customer.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry, s *service.Service) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "meibo_http_requests_total",
			Help: "Requests answered."}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "meibo_http_request_seconds",
			Help: "Time from a request's head to the end of its answer.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16)}, []string{"route"}),
	}
	registry.MustRegister(m.requests, m.duration, figures{s}, jobFigures{s},
		gauge("meibo_customers", "Customers in the register.", func() float64 { return float64(s.Stats().Customers) }),
		gauge("meibo_seq", "Seq of the last committed write.", func() float64 { return float64(s.Stats().Seq) }),
		gauge("meibo_index_seq", "Seq that searches see.", func() float64 { return float64(s.Stats().Index.Applied) }),
		gauge("meibo_index_ready", "1 while searches are answered.", func() float64 {
			if s.Stats().Index.Answers() {
				return 1
			}
			return 0
		}))
	return m
}

func gauge(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
}

// figures tells what the service and the index count. It is an unchecked
// collector: which figures there are depends on the engine.
type figures struct{ service *service.Service }

// Describe tells nothing in advance.
func (figures) Describe(chan<- *prometheus.Desc) {}

// Collect asks for the figures as they are now.
func (f figures) Collect(out chan<- prometheus.Metric) {
	for _, figure := range f.service.Figures() {
		kind := prometheus.GaugeValue
		if strings.HasSuffix(figure.Name, "_total") {
			kind = prometheus.CounterValue
		}
		described := prometheus.NewDesc("meibo_"+figure.Name, figure.Help, nil, nil)
		metric, err := prometheus.NewConstMetric(described, kind, figure.Value)
		if err != nil { // a name that Prometheus does not take
			metric = prometheus.NewInvalidMetric(described, err)
		}
		out <- metric
	}
}

// jobFigures tells how many jobs there are to do.
type jobFigures struct{ service *service.Service }

// Describe tells nothing in advance, as figures does.
func (jobFigures) Describe(chan<- *prometheus.Desc) {}

// Collect counts the jobs as they are now.
func (f jobFigures) Collect(out chan<- prometheus.Metric) {
	described := prometheus.NewDesc("meibo_jobs", "Jobs that run or wait to.", []string{"state"}, nil)
	load, err := f.service.JobLoad()
	if err != nil {
		out <- prometheus.NewInvalidMetric(described, err)
		return
	}
	for state, n := range load {
		out <- prometheus.MustNewConstMetric(described, prometheus.GaugeValue, float64(n), state)
	}
}

func (m *metrics) observe(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}

func (h *handler) registerMetrics(routes huma.API, registry *prometheus.Registry) {
	op := operation(http.MethodGet, "/metrics", "metrics", "Figures for a monitor, in Prometheus's text format", service.Monitor)
	expose := promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	register(routes, op, func(context.Context, *struct{}) (*bodyOutput, error) {
		return &bodyOutput{func(ctx huma.Context) {
			c := humagin.Unwrap(ctx)
			expose.ServeHTTP(c.Writer, c.Request)
		}}, nil
	})
	operationAt(routes, op).Responses["200"].Content = map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: "string"}}}
}
