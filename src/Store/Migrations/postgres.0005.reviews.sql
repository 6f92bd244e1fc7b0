-- Keep in sync with the tables of sqlite.0005; what the columns mean is said there.
CREATE TABLE review_decisions (
    number      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act         text    NOT NULL,
    at          bigint  NOT NULL,
    by_whom     text    NOT NULL,
    kind        text    NOT NULL,
    subject     text    NOT NULL,
    verdict     text    NOT NULL,
    version     text    NOT NULL,
    corpus      text,
    run         text,
    exchange    text,
    reason      text,
    note        text,
    weight      double precision,
    tokens      text,
    spans       text,
    adjudicates boolean NOT NULL,
    undoes      text
);
CREATE UNIQUE INDEX review_decisions_by_act ON review_decisions (act, kind, subject);
CREATE INDEX review_decisions_by_subject ON review_decisions (kind, subject, number);
CREATE INDEX review_decisions_by_reviewer ON review_decisions (by_whom, number);
CREATE INDEX review_decisions_by_undone ON review_decisions (undoes) WHERE undoes IS NOT NULL;

CREATE TABLE review_states (
    kind        text    NOT NULL,
    subject     text    NOT NULL,
    status      text    NOT NULL,
    verdict     text,
    reviewers   integer NOT NULL,
    raters      integer NOT NULL,
    adjudicated boolean NOT NULL,
    number      bigint  NOT NULL,
    at          bigint  NOT NULL,
    place       bigint,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX review_states_by_status ON review_states (kind, status, number);
CREATE INDEX review_states_by_place ON review_states (place) WHERE place IS NOT NULL;
CREATE INDEX review_states_by_status_and_place ON review_states (status, place) WHERE place IS NOT NULL;
CREATE INDEX review_states_by_raters ON review_states (number) WHERE raters > 1;

CREATE TABLE review_locks (
    kind    text    NOT NULL,
    subject text    NOT NULL,
    owner   text    NOT NULL,
    until   bigint  NOT NULL,
    PRIMARY KEY (kind, subject)
);

CREATE TABLE reviewers (
    name          text    NOT NULL PRIMARY KEY,
    role          text    NOT NULL,
    password_hash text,
    identity      text    UNIQUE,
    created_at    bigint  NOT NULL,
    disabled_at   bigint,
    generation    integer NOT NULL
);
