package service

// Causes say by which way a change came in, in a customer's history.
const (
	CauseEdit    = "edit"    // PUT, PATCH, a batch
	CauseImport  = "import"  // a row of a file
	CauseBoot    = "boot"    // a site or an app began
	CauseTouch   = "touch"   // a visit went on
	CauseForm    = "form"    // a bot's answers
	CauseMerge   = "merge"   // an anonymous customer became part of a member
	CauseDelete  = "delete"  // taken out of every answer
	CauseRestore = "restore" // a deletion was undone
	CauseField   = "field"   // a field was deleted, and its value with it
	CauseBulk    = "bulk"    // an action on many customers
	CauseUndo    = "undo"    // an action on many was taken back
)
