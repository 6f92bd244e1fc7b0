-- A place is a time (microseconds since 1970) * 1024 + a number that tells apart what began in the same microsecond. It is
-- the rowid, so that the table, every index of one column and the full-text index are in the order of time by themselves.
-- Bodies: refs counts the exchanges that use one; an empty body has no row.
CREATE TABLE blobs_2 (
    hash  BLOB    NOT NULL PRIMARY KEY,
    refs  INTEGER NOT NULL,
    bytes BLOB    NOT NULL
);

INSERT INTO blobs_2 (hash, refs, bytes)
SELECT unhex(b.sha256), u.refs, b.bytes
FROM (SELECT blob, COUNT(*) AS refs FROM (SELECT request_blob AS blob FROM exchanges UNION ALL SELECT response_blob FROM exchanges) GROUP BY blob) u
JOIN blobs b ON b.sha256 = u.blob
WHERE length(b.bytes) > 0;

-- request_sha256 and response_sha256 are of all that went over the wire; null when that is what the blob holds.
CREATE TABLE exchanges_2 (
    place               INTEGER NOT NULL PRIMARY KEY,
    id                  TEXT    NOT NULL UNIQUE,
    session_id          TEXT,
    sequence            INTEGER,
    chain               TEXT,
    started_at          INTEGER NOT NULL,
    route               TEXT    NOT NULL,
    method              TEXT    NOT NULL,
    path                TEXT    NOT NULL,
    status              INTEGER,
    state               TEXT    NOT NULL,
    wire_state          TEXT    NOT NULL,
    failure             TEXT,
    streamed            INTEGER NOT NULL,
    client              TEXT,
    model               TEXT,
    prompt              TEXT,
    messages            TEXT,
    response            TEXT,
    reasoning           TEXT,
    tool_calls          TEXT,
    finish_reason       TEXT,
    logprobs            TEXT,
    prompt_tokens       INTEGER,
    completion_tokens   INTEGER,
    total_tokens        INTEGER,
    first_token_ms      REAL,
    total_ms            REAL    NOT NULL,
    tags                TEXT    NOT NULL,
    request_headers     TEXT    NOT NULL,
    response_headers    TEXT    NOT NULL,
    request_blob        BLOB,
    request_length      INTEGER NOT NULL,
    request_sha256      TEXT,
    request_kept        INTEGER NOT NULL,
    request_redactions  INTEGER NOT NULL,
    request_unpacked    INTEGER NOT NULL,
    response_blob       BLOB,
    response_length     INTEGER NOT NULL,
    response_sha256     TEXT,
    response_kept       INTEGER NOT NULL,
    response_redactions INTEGER NOT NULL,
    response_unpacked   INTEGER NOT NULL,
    parse_error         TEXT
);

INSERT INTO exchanges_2
SELECT n + MAX(started_at * 1024 - n) OVER (ORDER BY n), id, session_id, NULL, NULL, started_at, route, method, path, status, state, state,
    failure, streamed, NULL, model, prompt, messages, response, NULL, tool_calls, finish_reason, logprobs, prompt_tokens,
    completion_tokens, total_tokens, first_token_ms, total_ms, tags, request_headers, response_headers,
    CASE WHEN q > 0 THEN unhex(request_blob) END, request_length, NULLIF(request_sha256, request_blob), q, 0, 0,
    CASE WHEN a > 0 THEN unhex(response_blob) END, response_length, NULLIF(response_sha256, response_blob), a, 0, 0, parse_error
FROM (SELECT e.*, row_number() OVER (ORDER BY e.started_at, e.id) AS n,
          COALESCE((SELECT length(bytes) FROM blobs WHERE sha256 = e.request_blob), 0) AS q,
          COALESCE((SELECT length(bytes) FROM blobs WHERE sha256 = e.response_blob), 0) AS a
      FROM exchanges e);

CREATE TABLE exchange_tags_2 (
    name  TEXT    NOT NULL,
    value TEXT    NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (name, value, place)
) WITHOUT ROWID;

INSERT INTO exchange_tags_2 SELECT t.name, t.value, e.place FROM exchange_tags t JOIN exchanges_2 e ON e.id = t.exchange_id;

DROP TABLE exchange_tags;
DROP TABLE exchanges;
DROP TABLE blobs;
ALTER TABLE blobs_2 RENAME TO blobs;
ALTER TABLE exchanges_2 RENAME TO exchanges;
ALTER TABLE exchange_tags_2 RENAME TO exchange_tags;

CREATE UNIQUE INDEX exchanges_by_session ON exchanges (session_id, sequence);
CREATE INDEX exchanges_by_route ON exchanges (route);
CREATE INDEX exchanges_by_state ON exchanges (state);
CREATE INDEX exchanges_by_streamed ON exchanges (streamed);
CREATE INDEX exchanges_by_model ON exchanges (model) WHERE model IS NOT NULL;
CREATE INDEX exchanges_by_client ON exchanges (client) WHERE client IS NOT NULL;
CREATE INDEX exchange_tags_by_name ON exchange_tags (name, place);

-- Words of prompt and response. The text itself stays in exchanges; whoever deletes there gives the old text here.
CREATE VIRTUAL TABLE exchange_words USING fts5 (prompt, response, content = 'exchanges', content_rowid = 'place', tokenize = 'unicode61 remove_diacritics 0');
-- Merging less often than by default (4) makes inserts cheaper, and a search looks into some segments more.
INSERT INTO exchange_words (exchange_words, rank) VALUES ('automerge', 8);
INSERT INTO exchange_words (rowid, prompt, response) SELECT place, prompt, response FROM exchanges WHERE prompt IS NOT NULL OR response IS NOT NULL;

-- drops: a JSON object, number by cause. pruned: exchanges without a sequence number that retention removed.
ALTER TABLE gateway_sessions ADD COLUMN chain_head TEXT;
ALTER TABLE gateway_sessions ADD COLUMN drops TEXT NOT NULL DEFAULT '{}';
ALTER TABLE gateway_sessions ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
UPDATE gateway_sessions SET drops = json_object('spool_failed', dropped) WHERE dropped > 0;
ALTER TABLE gateway_sessions DROP COLUMN dropped;

-- What an erasure leaves: enough to go on with the session's chain, nothing of the content.
CREATE TABLE tombstones (
    id         TEXT    NOT NULL PRIMARY KEY,
    session_id TEXT,
    sequence   INTEGER,
    digest     TEXT,
    erased_at  INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    erased_by  TEXT
);
CREATE INDEX tombstones_by_session ON tombstones (session_id, sequence);

-- What retention leaves: ranges of sequence numbers, with the chain's link after the last.
CREATE TABLE pruned_ranges (
    session_id     TEXT    NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence  INTEGER NOT NULL,
    chain          TEXT,
    PRIMARY KEY (session_id, first_sequence)
) WITHOUT ROWID;

CREATE TABLE feedback (
    number  INTEGER NOT NULL PRIMARY KEY,
    place   INTEGER NOT NULL,
    rating  REAL,
    label   TEXT,
    comment TEXT,
    at      INTEGER NOT NULL,
    by_whom TEXT
);
CREATE INDEX feedback_by_place ON feedback (place);

-- One row for every label of an exchange, and one with an empty label for an exchange with any feedback.
CREATE TABLE feedback_labels (
    label TEXT    NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (label, place)
) WITHOUT ROWID;

CREATE TABLE audit (
    number  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT
);
