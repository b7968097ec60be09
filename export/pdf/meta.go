package pdf

import (
	"bytes"
	"encoding/xml"
	"strings"
	"time"

	"github.com/leporello-press/leporello/export"
	"github.com/leporello-press/leporello/internal/pdfobj"
)

// claims are the standards that a file says it keeps. Each holds until
// something in the book is known to break it.
type claims struct {
	denied claim
	why    []string // for tests and for people
}

type claim uint8

const (
	claimA  claim = 1 << iota // PDF/A-2a
	claimUA                   // PDF/UA-1
)

// deny takes claims back.
func (c *claims) deny(which claim, why string) {
	if c.denied&which == which {
		return
	}
	c.denied |= which
	c.why = append(c.why, why)
}

func (c *claims) holds(which claim) bool { return c.denied&which == 0 }

const producer = "leporello"

// modified returns the date of the file in UTC.
func modified(b export.Book) time.Time {
	if b.Modified.IsZero() {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return b.Modified.UTC().Truncate(time.Second)
}

// info writes the document information dictionary. It says what the XMP says.
func (d *document) info(b export.Book) pdfobj.Ref {
	date := pdfobj.Bytes(modified(b).Format("D:20060102150405Z"))
	info := dict{kv("Title", pdfobj.Text(b.Title))}
	info = appendText(info, "Author", strings.Join(b.Creators, "; "))
	info = appendText(info, "Subject", b.Description)
	return d.w.Add(append(info,
		kv("Creator", pdfobj.Text(producer)),
		kv("Producer", pdfobj.Text(producer)),
		kv("CreationDate", date),
		kv("ModDate", date)))
}

// xmp writes the metadata stream (ISO 16684-1). It is not compressed, so that
// programs find it that know nothing of PDF.
func (d *document) xmp(b export.Book) pdfobj.Ref {
	var s strings.Builder
	s.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
`)
	date := modified(b).Format("2006-01-02T15:04:05Z")
	element := func(name, value string) {
		if value != "" {
			s.WriteString("<" + name + ">" + escape(value) + "</" + name + ">\n")
		}
	}
	list := func(name, kind, attr string, values ...string) {
		if len(values) == 0 || values[0] == "" {
			return
		}
		s.WriteString("<" + name + "><rdf:" + kind + ">")
		for _, v := range values {
			s.WriteString("<rdf:li" + attr + ">" + escape(v) + "</rdf:li>")
		}
		s.WriteString("</rdf:" + kind + "></" + name + ">\n")
	}
	const anyLanguage = ` xml:lang="x-default"`
	element("dc:format", "application/pdf")
	list("dc:title", "Alt", anyLanguage, b.Title)
	if len(b.Creators) > 0 {
		// One entry, as in the information dictionary: the two must agree.
		list("dc:creator", "Seq", "", strings.Join(b.Creators, "; "))
	}
	list("dc:description", "Alt", anyLanguage, b.Description)
	list("dc:publisher", "Bag", "", b.Publisher)
	list("dc:language", "Bag", "", b.Lang)
	element("dc:identifier", b.Identifier)
	element("xmp:CreatorTool", producer)
	element("xmp:CreateDate", date)
	element("xmp:ModifyDate", date)
	element("xmp:MetadataDate", date)
	element("pdf:Producer", producer)
	if d.claims.holds(claimA) {
		element("pdfaid:part", "2")
		element("pdfaid:conformance", "A")
	}
	if d.claims.holds(claimUA) {
		element("pdfuaid:part", "1")
	}
	s.WriteString("</rdf:Description>\n")
	if d.claims.holds(claimA) && d.claims.holds(claimUA) {
		s.WriteString(uaSchema)
	}
	s.WriteString("</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>")
	ref := d.w.Reserve()
	d.w.PutRaw(ref, dict{kv("Type", name("Metadata")), kv("Subtype", name("XML"))}, []byte(s.String()))
	return ref
}

// uaSchema tells PDF/A what the property of PDF/UA is, which its own list of
// schemas lacks (ISO 19005-2, 6.6.2.3.3).
const uaSchema = `<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file keeps</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
`

// escape writes s as XML text. What XML cannot say becomes U+FFFD.
func escape(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a Buffer does not fail
	}
	return b.String()
}

// outputIntents says that the colours of the file are sRGB.
func (d *document) outputIntents() array {
	profile := d.w.Stream(dict{kv("N", num(3))}, sRGB())
	return array{dict{
		kv("Type", name("OutputIntent")),
		kv("S", name("GTS_PDFA1")),
		kv("OutputConditionIdentifier", pdfobj.Text("sRGB")),
		kv("RegistryName", pdfobj.Text("http://www.color.org")),
		kv("Info", pdfobj.Text("sRGB IEC61966-2.1")),
		kv("DestOutputProfile", profile),
	}}
}
