// Command meibo is a customer register with a filter language: it imports
// customers, answers filters and serves both over HTTP.
//
// It hides the command line: flags, exit codes, languages, tables, progress,
// and the wiring of store, index, service and server. It never decides
// anything about customers or filters itself; what it prints is what the
// service answers. Data goes to standard output, everything else to standard
// error. Exit codes: 0 done, 1 failed, 2 wrong usage or a filter that does not
// compile.
package main
