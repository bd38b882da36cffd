-- The tokens of agents. Of a token itself only its fingerprint is kept, so this table lets nobody in.
--
-- Instants are microseconds since 1970 in UTC, here and in every other table: SQLite has no type
-- for them, and one unit serves both databases.

CREATE TABLE tokens (
    -- The public name of a token, such as tok_8f3k2q9d1x7. It says nothing about the token.
    id          TEXT    NOT NULL PRIMARY KEY,
    -- The id of the agent it stands for.
    agent       TEXT    NOT NULL,
    -- SHA-256 of the token.
    fingerprint BLOB    NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
    -- Whatever whoever issued it wanted to remember.
    note        TEXT,
    issued_at   INTEGER NOT NULL,
    -- None: it does not expire.
    expires_at  INTEGER,
    -- None: it was not revoked.
    revoked_at  INTEGER
) STRICT;

-- One row with one number, which changes whenever a token does. A running gateway asks for it several
-- times a second and loads the tokens only when it has changed.
CREATE TABLE token_generation (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    value    INTEGER NOT NULL
) STRICT;

INSERT INTO token_generation (only_row, value)
VALUES (1, 0);

-- Triggers and not the program count the changes, so that a change made by hand acts as fast.
CREATE TRIGGER tokens_inserted
AFTER INSERT ON tokens
BEGIN
    UPDATE token_generation SET value = value + 1;
END;

CREATE TRIGGER tokens_updated
AFTER UPDATE ON tokens
BEGIN
    UPDATE token_generation SET value = value + 1;
END;

CREATE TRIGGER tokens_deleted
AFTER DELETE ON tokens
BEGIN
    UPDATE token_generation SET value = value + 1;
END;
