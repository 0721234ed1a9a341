// Package jsondoc reads JSON as a program sent it into values that a reader
// can hold against what it expects, and say of each fault where it is (a JSON
// pointer, RFC 6901) and what belongs there, in both languages.
//
// It hides the scanning of JSON and its bounds: size, depth and number of
// values are limited while reading, so that nothing recursive meets a hostile
// document. It never knows what a document means, never converts a number (its
// digits are kept) and never lets the same member stand twice.
package jsondoc
