-- Keys that the gateway issues to its clients. The key itself is nowhere: hash is SHA-256 of salt and key.
CREATE TABLE client_keys (
    id                  TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    salt                BLOB    NOT NULL,
    hash                BLOB    NOT NULL,
    created_at          INTEGER NOT NULL,
    expires_at          INTEGER,
    revoked_at          INTEGER,
    routes              TEXT    NOT NULL,
    requests_per_minute INTEGER
);
