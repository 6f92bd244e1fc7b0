-- Keep in sync with the tables that sqlite.0002 leaves; what the columns mean is said there.
CREATE TABLE blobs (
    hash  bytea  NOT NULL PRIMARY KEY,
    refs  bigint NOT NULL,
    bytes bytea  NOT NULL
);

CREATE TABLE gateway_sessions (
    id         text   NOT NULL PRIMARY KEY,
    started_at bigint NOT NULL,
    stopped_at bigint,
    durability text   NOT NULL,
    forwarded  bigint NOT NULL,
    spooled    bigint NOT NULL,
    chain_head text,
    drops      text   NOT NULL DEFAULT '{}',
    pruned     bigint NOT NULL DEFAULT 0
);

CREATE TABLE exchanges (
    place               bigint  NOT NULL PRIMARY KEY,
    id                  text    NOT NULL UNIQUE,
    session_id          text,
    sequence            bigint,
    chain               text,
    started_at          bigint  NOT NULL,
    route               text    NOT NULL,
    method              text    NOT NULL,
    path                text    NOT NULL,
    status              integer,
    state               text    NOT NULL,
    wire_state          text    NOT NULL,
    failure             text,
    streamed            boolean NOT NULL,
    client              text,
    model               text,
    prompt              text,
    messages            text,
    response            text,
    reasoning           text,
    tool_calls          text,
    finish_reason       text,
    logprobs            text,
    prompt_tokens       bigint,
    completion_tokens   bigint,
    total_tokens        bigint,
    first_token_ms      double precision,
    total_ms            double precision NOT NULL,
    tags                text    NOT NULL,
    request_headers     text    NOT NULL,
    response_headers    text    NOT NULL,
    request_blob        bytea,
    request_length      bigint  NOT NULL,
    request_sha256      text,
    request_kept        bigint  NOT NULL,
    request_redactions  integer NOT NULL,
    request_unpacked    boolean NOT NULL,
    response_blob       bytea,
    response_length     bigint  NOT NULL,
    response_sha256     text,
    response_kept       bigint  NOT NULL,
    response_redactions integer NOT NULL,
    response_unpacked   boolean NOT NULL,
    parse_error         text
);

CREATE UNIQUE INDEX exchanges_by_session ON exchanges (session_id, sequence);
CREATE INDEX exchanges_by_route ON exchanges (route, place);
CREATE INDEX exchanges_by_state ON exchanges (state, place);
CREATE INDEX exchanges_by_streamed ON exchanges (streamed, place);
CREATE INDEX exchanges_by_model ON exchanges (model, place) WHERE model IS NOT NULL;
CREATE INDEX exchanges_by_client ON exchanges (client, place) WHERE client IS NOT NULL;

CREATE TABLE exchange_tags (
    name  text   NOT NULL,
    value text   NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (name, value, place)
);
CREATE INDEX exchange_tags_by_name ON exchange_tags (name, place);
