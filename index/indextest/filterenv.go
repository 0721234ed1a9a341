package indextest

import (
	"slices"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// FilterEnv makes an environment for filters about the records of Look: a
// clock near their dates, a zone, and segments that may refer to those before
// them.
func (g *Generator) FilterEnv() dsl.Env {
	env := dsl.Env{Fields: g.Fields, Now: g.clock(), Zone: pick(g, zones()), WeekStart: time.Weekday(g.IntN(7))}
	saved := map[string]dsl.Segment{}
	var names []dsl.SegmentName
	for _, key := range []string{"vip", "東京", `a"b`} {
		filter := dsl.Print(&dsl.Query{Root: g.Filter(env, 1)})
		saved[key] = dsl.Segment{Filter: filter, Zone: pick(g, append(zones(), nil, nil, nil))}
		names = append(names, dsl.SegmentName{Key: key})
		known := slices.Clone(names)
		env.SegmentNames = func() []dsl.SegmentName { return known }
		env.Segments = func(key string) (dsl.Segment, bool) { s, ok := saved[key]; return s, ok }
	}
	return env
}

// zones have no summer time, one of an hour and one of half an hour; the last
// lost a day once.
func zones() []*time.Location {
	list := []*time.Location{time.UTC}
	for _, name := range []string{"Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			panic("indextest: " + err.Error()) // a fault of the machine
		}
		list = append(list, zone)
	}
	return list
}

// clock is near a date of a record that lies in our times.
func (g *Generator) clock() time.Time {
	f, _ := g.Fields.Lookup(schema.LastSeenField)
	for range 20 {
		if at := time.UnixMilli(g.seen(f).Millis()); at.Year() > 1990 && at.Year() < 2100 {
			return at.Add(time.Duration(g.IntN(72)-36) * time.Hour)
		}
	}
	return time.UnixMilli(dates()[0])
}
