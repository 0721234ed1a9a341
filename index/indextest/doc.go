// Package indextest is the one suite that every index.Backend runs. It has
// hand-written boundary cases (Run), the scripts of testdata/language
// (RunScripts), which the reference evaluator is held to as well, and random
// histories of random records asked random questions (Compare), whose answers
// are held against index/memindex. Its own tests hold the laws of logic, and
// that a filter means the same in every form, on random filters and records.
//
// It hides what a backend has to be suspected of. It never looks into one:
// what only an engine can do (merge its segments, open its files again, answer
// a second way) comes in as Hooks.
//
// Two environment variables steer the random part: MEIBO_CASES is the number
// of questions (2,000 unless set, 200 with -short), MEIBO_SEED the seed of
// everything random. A failure prints the pair that brings it back. With
// MEIBO_LONG set the laws are held on a million pairs of a record and filters,
// else on ten for each question.
package indextest
