-- What reviewers decided; rows are added and never changed. kind: exchange or document. A mask's tokens and spans are JSON.
CREATE TABLE review_decisions (
    number      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    act         TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    by_whom     TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    verdict     TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    corpus      TEXT,
    run         TEXT,
    exchange    TEXT,
    reason      TEXT,
    note        TEXT,
    weight      REAL,
    tokens      TEXT,
    spans       TEXT,
    adjudicates INTEGER NOT NULL,
    undoes      TEXT
);
CREATE UNIQUE INDEX review_decisions_by_act ON review_decisions (act, kind, subject);
CREATE INDEX review_decisions_by_subject ON review_decisions (kind, subject, number);
CREATE INDEX review_decisions_by_reviewer ON review_decisions (by_whom, number);
CREATE INDEX review_decisions_by_undone ON review_decisions (undoes) WHERE undoes IS NOT NULL;

-- What a subject's decisions come to, written with each of them. reviewers: whose decisions count. raters: the same as if nobody had
-- adjudicated. place: of an exchange, where it stands in the log, so that a queue comes in the order of time by itself; null once it was removed.
CREATE TABLE review_states (
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    verdict     TEXT,
    reviewers   INTEGER NOT NULL,
    raters      INTEGER NOT NULL,
    adjudicated INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    place       INTEGER,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX review_states_by_status ON review_states (kind, status, number);
CREATE INDEX review_states_by_place ON review_states (place) WHERE place IS NOT NULL;
CREATE INDEX review_states_by_status_and_place ON review_states (status, place) WHERE place IS NOT NULL;
CREATE INDEX review_states_by_raters ON review_states (number) WHERE raters > 1;

-- Subjects that somebody is looking at; a row whose time is over is nobody's.
CREATE TABLE review_locks (
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    owner   TEXT    NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
);

-- Who may use the desk. identity: issuer and subject with a space between them, of someone who comes by OpenID Connect.
CREATE TABLE reviewers (
    name          TEXT    NOT NULL PRIMARY KEY,
    role          TEXT    NOT NULL,
    password_hash TEXT,
    identity      TEXT    UNIQUE,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    generation    INTEGER NOT NULL
);
