// Package channel reads and writes filters in the form that Channel-like APIs
// speak: an AND of ORs of conditions,
//
//	{"and":[{"or":[{"key":"name","type":"string","operator":"$eq","values":["田中"]}]}]}
//
// It hides that form: its operators, what each means for each type, what its
// "values" mean in the plural, and which filters have a place in it. It never
// guesses: what cannot be said exactly, in either direction, is refused and
// told, all of it at once. It never reads a clock; days and zones are those of
// the dsl.Env.
//
// # The whole
//
// {"and":[]} is everyone. {"or":[]} is no one, as an OR of nothing is; it is
// read as id IN (). A condition stands in an or, and an or in the and: nothing
// else nests. Members of a condition that begin with $, such as an editor's
// $index, are ignored; other unknown ones are refused. Keys are read with the
// prefix "user." or "context.user." or without, and written without.
//
// # Values
//
// The type is string, number, boolean, list, date or datetime, and has to
// agree with the field's kind (listOfNumber has none here). A number, a
// boolean and a date may be text ("5", "true"). A date is epoch milliseconds
// or ISO 8601. As a datetime it is that instant (a date without a time its
// whole day), as a date the whole day in which it lies, in the environment's
// zone. Instants are written as datetime, whole days as date with the
// milliseconds of their beginning; milliseconds of ten digits look like seconds,
// as in the language, and are written as ISO 8601 instead.
//
// Several values mean any of them: a condition holds when it holds for one of
// its values. The negative operators ($ne $nin $nexist $notContains
// $nStartWith) are the exact complements, and so hold for none of the values,
// and for customers without the field. No value at all is no one, with a
// negative operator everyone. Only $containsAll and $setEqual speak of all of
// their values.
//
// Of a list, $eq and $contains ask for an element that equals a value, $in and
// $containsAny for an element among them; $startWith is $anyStartWith.
// $containsAll of nothing means that there is a value, $setEqual of nothing
// that there is none. $exist and $nexist take no value or true.
//
// $eqAgo, $gtAgo and $ltAgo count whole days back from today: $eqAgo 3 is the
// third day before today, $gtAgo 3 after that day, $ltAgo 3 before it.
//
// # What comes back changed
//
// Written again, a query that was read says the same with these differences:
// keys have no prefix, values their own JSON type; $eq and $ne of several
// values are $in and $nin; $contains, $startWith, the orderings, the Ago ones
// but $eqAgo, and the any and all of lists are one condition for each value;
// an operator with no values is $in, $nin, $containsAny or $notContains with
// none; of lists, $eq is $contains, $in $containsAny, $ne and $nin
// $notContains, $startWith $anyStartWith, $setEqual [] $nexist; an ISO date is
// milliseconds. Comments have no place in this form.
//
// # Codes
//
// A query that cannot be read: wrong_kind, unknown_member, missing_member,
// unknown_word (an operator or type that there is not), wrong_count,
// expected_field (a key that cannot name a field), channel_shape (something
// nests otherwise than described), channel_type (the declared type is not the
// field's), channel_operator (the operator is not one of the type's),
// channel_value (a value is not of the type), and the codes of the limits.
//
// A filter that cannot be written: channel_shape (an AND, or a condition that
// needs two, inside an OR), channel_not (NOT of brackets), channel_negation
// (there is no complement of an operator), channel_operator (there is no such
// operator), channel_value (exact(…) or version(…)), channel_date (a relative
// date that is not a number of days ago), channel_search (quick search),
// channel_segment (segment(…)).
package channel
