-- Keys that the gateway issues to its clients. The key itself is nowhere: hash is SHA-256 of salt and key.
CREATE TABLE client_keys (
    id                  TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    salt                BYTEA   NOT NULL,
    hash                BYTEA   NOT NULL,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT,
    revoked_at          BIGINT,
    routes              TEXT    NOT NULL,
    requests_per_minute INTEGER
);
