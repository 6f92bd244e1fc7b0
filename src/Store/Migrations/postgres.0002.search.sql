-- Words of prompt and response, from the text that the program has already split into words in lower case: the server's own
-- parser would keep addresses and paths whole.
ALTER TABLE exchanges ADD COLUMN words tsvector;
CREATE INDEX exchanges_by_words ON exchanges USING gin (words);

CREATE TABLE tombstones (
    id         text   NOT NULL PRIMARY KEY,
    session_id text,
    sequence   bigint,
    digest     text,
    erased_at  bigint NOT NULL,
    reason     text   NOT NULL,
    erased_by  text
);
CREATE INDEX tombstones_by_session ON tombstones (session_id, sequence);

CREATE TABLE pruned_ranges (
    session_id     text   NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence  bigint NOT NULL,
    chain          text,
    PRIMARY KEY (session_id, first_sequence)
);

CREATE TABLE feedback (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place   bigint NOT NULL,
    rating  double precision,
    label   text,
    comment text,
    at      bigint NOT NULL,
    by_whom text
);
CREATE INDEX feedback_by_place ON feedback (place);

CREATE TABLE feedback_labels (
    label text   NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (label, place)
);

CREATE TABLE audit (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
    actor   text   NOT NULL,
    action  text   NOT NULL,
    subject text   NOT NULL,
    detail  text
);
