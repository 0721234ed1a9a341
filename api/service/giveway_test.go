package service

import (
	"context"
	"testing"
	"time"
)

// A job rests as long as its step took while questions come, else not at all.
func TestLongWorkGivesWayToQuestions(t *testing.T) {
	d := newBulkDesk(t)
	var rested []time.Duration
	d.pause = func(_ context.Context, took time.Duration) { rested = append(rested, took) }
	d.giveWay(t.Context(), time.Second)
	if _, err := d.Count(t.Context(), Question{}); err != nil {
		t.Fatal(err)
	}
	d.giveWay(t.Context(), time.Second)
	d.later(askedLately)
	d.giveWay(t.Context(), time.Second)
	if len(rested) != 3 || rested[0] != 0 || rested[1] != giveWayTimes*time.Second || rested[2] != 0 {
		t.Errorf("%v", rested)
	}
}
