package device

import "github.com/leporello-press/leporello/media"

// raster are the types that every reading system shows.
var raster = []media.Type{media.JPEG, media.PNG, media.GIF}

const (
	mb = 1_000_000
	// kcc is a table of screens that owners have measured.
	kcc = "https://github.com/ciromattia/kcc"
)

var (
	kindle = &Family{
		Name: "Kindle", Types: raster,
		Limits: []Limit{{"Send to Kindle by e-mail", 50 * mb}, {"Send to Kindle on the web", 200 * mb}},
		Notes: []string{
			"no WebP, AVIF or SVG", "the book needs a language and a cover",
			"pages must name their encoding", "mail programs add 37 % to what they send",
		},
		Source: "https://www.amazon.com/gp/help/customer/display.html?nodeId=G7NECT4B4ZWHQ8WV",
	}
	kobo = &Family{
		Name: "Kobo", Types: []media.Type{media.JPEG, media.PNG, media.GIF, media.SVG}, MaxPicture: 5 * mb,
		Notes: []string{
			"WebP stays blank", "no contents without toc.ncx unless named .kepub.epub", "contents lose their levels",
			"transparent pictures get a background",
		},
		Source: "https://github.com/kobolabs/epub-spec",
	}
	pocketbook = &Family{
		Name: "PocketBook", Types: raster,
		Notes:  []string{"contents come from toc.ncx", "pages above 300 KB may not open"},
		Source: "https://pocketbook.ch/en-ch/support",
	}
	remarkable = &Family{
		Name: "reMarkable", Types: raster,
		Notes:  []string{"made for PDF: EPUB loses tables and wide code"},
		Source: "https://support.remarkable.com/s/article/Importing-and-exporting-files",
	}
	boox = &Family{
		Name: "Boox", Types: []media.Type{media.JPEG, media.PNG, media.GIF, media.SVG, media.WebP},
		Notes:  []string{"other readers can be installed"},
		Source: "https://help.boox.com",
	}
	paper = &Family{
		Name: "paper", Types: raster,
		Notes: []string{"for PDF"},
	}
	generic = &Family{
		Name: "generic", Types: raster,
		Notes: []string{"what every reading system shows"},
	}
)

// Devices are all devices, family by family.
var Devices = []Device{
	{"kindle", []string{"kindle-basic", "kindle-11", "k11"}, "Kindle (11th generation, 2022 and 2024)", kindle, 1072, 1448, 300, 16, "", kcc},
	{"kindle-paperwhite-5", []string{"kindle-pw5", "paperwhite-5", "pw5", "kindle-paperwhite-11th"}, "Kindle Paperwhite (11th generation, 2021)", kindle, 1236, 1648, 300, 16, "", kcc},
	{"kindle-paperwhite-6", []string{"kindle-pw6", "paperwhite-6", "pw6", "kindle-paperwhite-12th", "kindle-paperwhite"}, "Kindle Paperwhite (12th generation, 2024)", kindle, 1272, 1696, 300, 16, "", kcc},
	{"kindle-oasis", []string{"oasis"}, "Kindle Oasis (9th and 10th generation)", kindle, 1264, 1680, 300, 16, "", kcc},
	{"kindle-scribe", []string{"scribe"}, "Kindle Scribe (2022 and 2024)", kindle, 1860, 2480, 300, 16, "", kcc},
	{"kindle-scribe-3", []string{"scribe-3"}, "Kindle Scribe (3rd generation, 2025)", kindle, 1986, 2648, 300, 16, "", kcc},
	{"kindle-colorsoft", []string{"colorsoft", "kindle-coloursoft"}, "Kindle Colorsoft", kindle, 1272, 1696, 300, 0, "", kcc},

	{"kobo-clara-bw", []string{"kobo-clara", "clara-bw", "kobo-clara-2e"}, "Kobo Clara BW and 2E", kobo, 1072, 1448, 300, 16, "", kcc},
	{"kobo-clara-colour", []string{"kobo-clara-color", "clara-colour", "clara-color"}, "Kobo Clara Colour", kobo, 1072, 1448, 300, 0, "", kcc},
	{"kobo-libra-2", []string{"libra-2", "kobo-libra"}, "Kobo Libra 2", kobo, 1264, 1680, 300, 16, "", kcc},
	{"kobo-libra-colour", []string{"kobo-libra-color", "libra-colour", "libra-color"}, "Kobo Libra Colour", kobo, 1264, 1680, 300, 0, "", kcc},
	{"kobo-sage", []string{"sage"}, "Kobo Sage", kobo, 1440, 1920, 300, 16, "", kcc},
	{"kobo-elipsa", []string{"kobo-elipsa-2e", "elipsa"}, "Kobo Elipsa and Elipsa 2E", kobo, 1404, 1872, 227, 16, "", kcc},

	{"pocketbook-verse", []string{"verse"}, "PocketBook Verse", pocketbook, 758, 1024, 212, 16, "", "https://pocketbook.ch/en-ch/catalog"},
	{"pocketbook-verse-pro", []string{"verse-pro"}, "PocketBook Verse Pro", pocketbook, 1072, 1448, 300, 16, "", "https://pocketbook.ch/en-ch/catalog"},
	{"pocketbook-era", []string{"era"}, "PocketBook Era", pocketbook, 1264, 1680, 300, 16, "", "https://pocketbook.ch/en-ch/catalog"},
	{"pocketbook-era-color", []string{"era-color", "pocketbook-era-colour"}, "PocketBook Era Color", pocketbook, 1264, 1680, 300, 0, "", "https://pocketbook.ch/en-ch/catalog"},
	{"pocketbook-inkpad-4", []string{"inkpad-4", "pocketbook-inkpad"}, "PocketBook InkPad 4", pocketbook, 1404, 1872, 300, 16, "", "https://pocketbook.ch/en-ch/catalog"},
	{"pocketbook-inkpad-color-3", []string{"inkpad-color-3", "pocketbook-inkpad-color"}, "PocketBook InkPad Color 3", pocketbook, 1404, 1872, 300, 0, "", "https://pocketbook.ch/en-ch/catalog"},

	{"remarkable-2", []string{"remarkable", "rm2"}, "reMarkable 2", remarkable, 1404, 1872, 226, 16, "", "https://remarkable.com/store/remarkable-2"},
	{"remarkable-paper-pro", []string{"remarkable-pro", "rmpp"}, "reMarkable Paper Pro", remarkable, 1620, 2160, 229, 0, "", "https://remarkable.com/store/remarkable-paper/pro"},
	{"remarkable-paper-pro-move", []string{"remarkable-move", "rmppm"}, "reMarkable Paper Pro Move", remarkable, 954, 1696, 264, 0, "", "https://remarkable.com/store/remarkable-paper/pro-move"},

	{"boox-page", []string{"onyx-boox-page"}, "Boox Page", boox, 1264, 1680, 300, 16, "", "https://shop.boox.com/products/page"},
	{"boox-palma", []string{"palma", "boox-palma-2"}, "Boox Palma and Palma 2", boox, 824, 1648, 300, 16, "", "https://shop.boox.com/products/palma"},
	{"boox-go-10.3", []string{"boox-go-103", "boox-go"}, "Boox Go 10.3", boox, 1860, 2480, 300, 16, "", "https://shop.boox.com/products/go103"},
	{"boox-note-air-3", []string{"boox-note-air", "note-air"}, "Boox Note Air 2 and 3", boox, 1404, 1872, 227, 16, "", "https://shop.boox.com/products/noteair3"},
	{"boox-note-air-4c", []string{"boox-note-air-c", "note-air-4c", "boox-note-air-3c"}, "Boox Note Air 3 C and 4 C", boox, 1860, 2480, 300, 0, "", "https://shop.boox.com/products/noteair4c"},

	// Paper at 300 dots to the inch, what offset and laser printers resolve in pictures.
	{"print-a4", []string{"paper-a4"}, "A4, printed", paper, 2480, 3508, 300, 0, "a4", "ISO 216"},
	{"print-a5", []string{"print", "paper-a5"}, "A5, printed", paper, 1748, 2480, 300, 0, "a5", "ISO 216"},
	{"print-b5", []string{"paper-b5"}, "B5 (JIS), printed", paper, 2150, 3035, 300, 0, "b5", "JIS P 0138"},
	{"print-b6", []string{"paper-b6"}, "B6 (JIS), printed", paper, 1512, 2150, 300, 0, "b6", "JIS P 0138"},

	{"eink-6", []string{"eink", "e-ink", "ereader"}, "any e-reader of 6 inches", generic, 1072, 1448, 300, 16, "", kcc},
	{"tablet", []string{"ipad"}, "any tablet of 10 inches", generic, 1620, 2160, 264, 0, "", "https://support.apple.com/specs"},
}
