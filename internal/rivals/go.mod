module github.com/leporello-press/leporello/internal/rivals

go 1.26.0

require (
	codeberg.org/go-pdf/fpdf v0.12.0
	github.com/go-shiori/go-epub v1.2.1
	github.com/jung-kurt/gofpdf v1.16.2
	github.com/leporello-press/leporello v0.0.0
)

require (
	github.com/gabriel-vasile/mimetype v1.4.3 // indirect
	github.com/go-text/typesetting v0.3.5 // indirect
	github.com/gofrs/uuid/v5 v5.0.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/vincent-petithory/dataurl v1.0.0 // indirect
	golang.org/x/image v0.47.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/leporello-press/leporello => ../..
