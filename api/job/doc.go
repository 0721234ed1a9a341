// Package job runs long work that is kept in the store: it queues jobs, bounds
// how many run at a time, keeps a job's progress in the same transaction as
// the step that it tells of, goes on after a restart where the last commit
// stood, and lets who watches know.
//
// It never knows what a job does: a Kind does.
package job
