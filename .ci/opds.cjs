// Reads catalogues of OPDS by r2-opds-js, the reader within Thorium, and prints what it
// understood of each as a line of JSON: opds FILE.xml|FILE.json...
const fs = require("fs");
const from = (path) => require(path.replace("/", "/dist/es8-es2017/src/"));
const { XML } = from("r2-utils-js/_utils/xml-js-mapper");
const { TaJsonDeserialize } = from("r2-lcp-js/serializable");
const { OPDS } = from("r2-opds-js/opds/opds1/opds");
const { OPDSFeed } = from("r2-opds-js/opds/opds2/opds2");
const { convertOpds1ToOpds2 } = from("r2-opds-js/opds/converter");
from("r2-opds-js/opds/init-globals").initGlobalConverters_OPDS();
from("r2-shared-js/init-globals").initGlobalConverters_GENERIC();
const { DOMParser } = require("@xmldom/xmldom");

function parse(file) {
	const text = fs.readFileSync(file, "utf8");
	if (file.endsWith(".json")) return TaJsonDeserialize(JSON.parse(text), OPDSFeed);
	return convertOpds1ToOpds2(XML.deserialize(new DOMParser().parseFromString(text, "application/xml"), OPDS));
}

console.log = console.error; // what it misses is not what it understood

const list = (x) => x || [];
const publication = (p) => ({
	id: p.Metadata.Identifier,
	title: p.Metadata.Title,
	languages: list(p.Metadata.Language),
	authors: list(p.Metadata.Author).map((a) => a.Name),
	summary: p.Metadata.Description || "",
	files: list(p.Links).filter((l) => list(l.Rel).some((r) => r.startsWith("http://opds-spec.org/acquisition"))).map((l) => l.TypeLink + " " + l.Href),
	images: list(p.Images).map((i) => i.Href),
});

for (const file of process.argv.slice(2)) {
	const feed = parse(file);
	const links = {};
	for (const l of list(feed.Links)) for (const rel of list(l.Rel)) links[rel] = l.Href;
	process.stdout.write(JSON.stringify({
		title: feed.Metadata.Title,
		links,
		navigation: list(feed.Navigation).map((l) => l.Title + " " + l.Href),
		groups: list(feed.Groups).map((g) => ({ title: g.Metadata.Title, publications: list(g.Publications).map(publication) })),
		publications: list(feed.Publications).map(publication),
	}) + "\n");
}
