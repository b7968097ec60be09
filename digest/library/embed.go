package library

import _ "embed"

// The look of all pages, and their sign.
var (
	//go:embed style.css
	style []byte
	//go:embed icon.svg
	icon []byte
)
