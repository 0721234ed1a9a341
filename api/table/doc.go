// Package table hides how files hold rows: encodings, delimiters, quoting,
// sheets, and what a spreadsheet would take for a formula. It reads and writes
// one row at a time, in bounded memory, and a bad row does not end a file.
//
// It never knows a customer: which column goes to which field is the caller's.
package table
