CREATE TABLE article (
	id        INTEGER PRIMARY KEY AUTOINCREMENT,
	source    TEXT NOT NULL,
	identity  TEXT NOT NULL, -- folded: "g:" and the GUID, else "u:" and the address, else "c:" and the digest of the content
	guid      TEXT NOT NULL,
	url       TEXT NOT NULL,
	content   TEXT NOT NULL,
	near      INTEGER NOT NULL,
	title     TEXT NOT NULL,
	lang      TEXT NOT NULL,
	chars     INTEGER NOT NULL,
	section   TEXT NOT NULL, -- JSON, a list; empty: none
	published INTEGER,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	changed   INTEGER,
	draft     INTEGER NOT NULL,
	expires   INTEGER,
	extent    INTEGER NOT NULL,
	doc       TEXT NOT NULL, -- a blob
	issues    BLOB,
	error     TEXT NOT NULL,
	revision  INTEGER NOT NULL,
	name      TEXT NOT NULL,
	entry     TEXT NOT NULL,
	weighed   INTEGER,       -- when a run last decided about it for good
	UNIQUE (source, identity)
) STRICT;
CREATE INDEX article_published ON article (published);
CREATE INDEX article_first_seen ON article (first_seen);
CREATE TABLE run (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	digest   TEXT NOT NULL, -- empty: a harvest alone
	slot     TEXT NOT NULL,
	at       INTEGER,
	number   INTEGER NOT NULL,
	from_at  INTEGER,
	to_at    INTEGER,
	state    TEXT NOT NULL,
	attempt  INTEGER NOT NULL,
	started  INTEGER,
	updated  INTEGER,
	frozen   INTEGER,       -- when its items were
	made     INTEGER,       -- when its books were whole
	finished INTEGER,
	title    TEXT NOT NULL,
	error    TEXT NOT NULL,
	tool     TEXT NOT NULL,
	config   BLOB,
	report   BLOB,
	UNIQUE (digest, slot)
) STRICT;
CREATE UNIQUE INDEX run_number ON run (digest, number) WHERE number > 0;
CREATE TABLE item (
	run     INTEGER NOT NULL REFERENCES run (id),
	idx     INTEGER NOT NULL,
	article INTEGER NOT NULL, -- which Prune may have removed
	doc     TEXT NOT NULL,
	chosen  INTEGER NOT NULL,
	reason  TEXT NOT NULL,
	detail  TEXT NOT NULL,
	PRIMARY KEY (run, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen (
	digest TEXT NOT NULL,
	key    TEXT NOT NULL,
	run    INTEGER NOT NULL,
	PRIMARY KEY (digest, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE picture (
	doc       TEXT NOT NULL,
	key       TEXT NOT NULL, -- the address
	whole     TEXT,
	asset     TEXT NOT NULL, -- a blob
	reason    TEXT NOT NULL,
	detail    TEXT NOT NULL,
	hint      TEXT NOT NULL,
	bytes     INTEGER NOT NULL,
	stale     INTEGER NOT NULL,
	worthless INTEGER NOT NULL,
	lossy     INTEGER NOT NULL,
	attempts  BLOB,
	PRIMARY KEY (doc, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE task (
	run        INTEGER NOT NULL REFERENCES run (id),
	step       TEXT NOT NULL,
	key        TEXT NOT NULL,
	whole      TEXT,
	state      TEXT NOT NULL,
	attempts   INTEGER NOT NULL,
	detail     TEXT NOT NULL,
	updated    INTEGER,
	not_before INTEGER,
	PRIMARY KEY (run, step, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE output (
	run      INTEGER NOT NULL REFERENCES run (id),
	n        INTEGER NOT NULL,
	path     TEXT NOT NULL,
	format   TEXT NOT NULL,
	blob     TEXT NOT NULL,
	bytes    INTEGER NOT NULL,
	pages    INTEGER NOT NULL,
	articles INTEGER NOT NULL,
	volume   INTEGER NOT NULL,
	volumes  INTEGER NOT NULL,
	cover    TEXT NOT NULL,  -- a blob
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery (
	run        INTEGER NOT NULL REFERENCES run (id),
	key        TEXT NOT NULL, -- the target
	whole      TEXT,
	part       INTEGER NOT NULL,
	state      TEXT NOT NULL,
	attempts   INTEGER NOT NULL,
	message_id TEXT NOT NULL,
	detail     TEXT NOT NULL,
	next_at    INTEGER,
	updated    INTEGER,
	PRIMARY KEY (run, key, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_state ON delivery (state);
CREATE TABLE harvest (
	source TEXT PRIMARY KEY,
	at     INTEGER,
	good   INTEGER,  -- when it last went well
	first  INTEGER,  -- when it first had something, or went well
	seen   INTEGER NOT NULL,
	fresh  INTEGER NOT NULL,
	error  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE fact (
	name TEXT PRIMARY KEY, -- "forgotten": until when a rebuilding may have lost rows
	at   INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO article VALUES (1, 'posts', 'g:guid 0', 'guid 0', 'https://a.example/1', 'aa', -9223372036854775803, '第一篇', 'zh', 1200, '["科技","a/b"]', 1793491200000001, 1793577600000001, 1793577600000001, NULL, 1, 1795996800000001, 1, 'doc0', X'5B7B2261223A317D5D', '', 0, 'https://a.example/1?x=1', 'ee', 1795302004123456);
INSERT INTO article VALUES (2, 'posts', 'g:guid 1', 'guid 1', 'https://a.example/1', 'aa', -9223372036854775803, '第一篇', 'zh', 1200, '["科技","a/b"]', 1793491200000001, 1793577600000001, 1793577600000001, NULL, 1, 1795996800000001, 1, 'doc1', X'5B7B2261223A317D5D', '', 0, 'https://a.example/1?x=1', 'ee', 1795302004123456);
INSERT INTO article VALUES (3, 'posts', 'g:guid 2', 'guid 2', 'https://a.example/1', 'aa', -9223372036854775803, '第一篇', 'zh', 1200, '["科技","a/b"]', 1793491200000001, 1793577600000001, 1793577600000001, NULL, 1, 1795996800000001, 1, 'doc2', X'5B7B2261223A317D5D', '', 0, 'https://a.example/1?x=1', 'ee', 1795302004123456);
INSERT INTO sqlite_sequence VALUES ('article', 3);
INSERT INTO sqlite_sequence VALUES ('run', 1);
INSERT INTO run VALUES (1, 'weekly', '2026-11-22T07:00', 1795305600000001, 1, 1794700800000001, 1795305600000001, 'done', 1, 1795302001123456, 1795302009123456, 1795302004123456, 1795302006123456, 1795392000000001, '科技周刊', '', 't', X'7B226E616D65223A227765656B6C79227D', X'7B7D');
INSERT INTO item VALUES (1, 0, 1, 'doc0', 0, 'too_old', '');
INSERT INTO item VALUES (1, 1, 2, 'doc1', 1, '', '');
INSERT INTO item VALUES (1, 2, 3, 'doc2', 1, '', '');
INSERT INTO seen VALUES ('weekly', 'g:guid 1', 1);
INSERT INTO seen VALUES ('weekly', 'u:https://a.example/1', 1);
INSERT INTO picture VALUES ('doc1', 'https://a.example/1.png', NULL, 'picture1', '', '', '', 10, 0, 0, 0, NULL);
INSERT INTO picture VALUES ('doc2', '#5130b33e6b87fbf5316ed9049e98924eb110800bcbaaad8050f642fba6df37c9', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '', 'http', '', '', 0, 0, 0, 0, NULL);
INSERT INTO task VALUES (1, 'pictures', 'doc1', NULL, 'ok', 0, '', 1795302002123456, NULL);
INSERT INTO task VALUES (1, 'pictures', 'doc2', NULL, 'pending', 0, '', 1795302003123456, NULL);
INSERT INTO output VALUES (1, 0, 'out/1.epub', 'epub3', 'book1', 1000, 0, 2, 1, 1, 'cover1');
INSERT INTO delivery VALUES (1, 'kindle', NULL, 0, 'sent', 1, '<1@a.example>', '', NULL, 1795302008123456);
INSERT INTO harvest VALUES ('posts', 1795305600000001, 1795305600000001, 1795305600000001, 3, 3, '');
PRAGMA user_version = 1;
PRAGMA application_id = 1282436978;
