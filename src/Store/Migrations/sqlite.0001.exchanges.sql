-- Bodies, byte-exact, each content once.
CREATE TABLE blobs (
    sha256 TEXT NOT NULL PRIMARY KEY,
    bytes  BLOB NOT NULL
);

-- One run of a gateway with its counters.
CREATE TABLE gateway_sessions (
    id         TEXT    NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    durability TEXT    NOT NULL,
    forwarded  INTEGER NOT NULL,
    spooled    INTEGER NOT NULL,
    dropped    INTEGER NOT NULL
);

-- Times are microseconds since 1970, UTC. *_blob is the stored body; *_length and *_sha256 are of all that went over
-- the wire, so they differ from the blob's when the body was cut at the recorder's limit.
CREATE TABLE exchanges (
    id                TEXT    NOT NULL PRIMARY KEY,
    session_id        TEXT,
    started_at        INTEGER NOT NULL,
    route             TEXT    NOT NULL,
    method            TEXT    NOT NULL,
    path              TEXT    NOT NULL,
    status            INTEGER,
    state             TEXT    NOT NULL,
    failure           TEXT,
    streamed          INTEGER NOT NULL,
    model             TEXT,
    prompt            TEXT,
    messages          TEXT,
    response          TEXT,
    tool_calls        TEXT,
    finish_reason     TEXT,
    logprobs          TEXT,
    prompt_tokens     INTEGER,
    completion_tokens INTEGER,
    total_tokens      INTEGER,
    first_token_ms    REAL,
    total_ms          REAL    NOT NULL,
    tags              TEXT    NOT NULL,
    request_headers   TEXT    NOT NULL,
    response_headers  TEXT    NOT NULL,
    request_blob      TEXT    NOT NULL REFERENCES blobs (sha256),
    request_length    INTEGER NOT NULL,
    request_sha256    TEXT    NOT NULL,
    response_blob     TEXT    NOT NULL REFERENCES blobs (sha256),
    response_length   INTEGER NOT NULL,
    response_sha256   TEXT    NOT NULL,
    parse_error       TEXT
);

CREATE INDEX exchanges_by_time    ON exchanges (started_at, id);
CREATE INDEX exchanges_by_model   ON exchanges (model, started_at, id);
CREATE INDEX exchanges_by_route   ON exchanges (route, started_at, id);
CREATE INDEX exchanges_by_state   ON exchanges (state, started_at, id);
CREATE INDEX exchanges_by_session ON exchanges (session_id);

CREATE TABLE exchange_tags (
    exchange_id TEXT NOT NULL REFERENCES exchanges (id),
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    PRIMARY KEY (name, value, exchange_id)
) WITHOUT ROWID;
