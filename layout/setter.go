package layout

// lineSetter is what the setting of paragraphs keeps from one to the next.
// The zero value is ready to use.
type lineSetter struct{}
