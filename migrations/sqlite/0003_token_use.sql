-- Where a token may come from, how it was rotated, when it was last used; and the minted ones that were
-- revoked.

ALTER TABLE tokens
-- The networks it may come from, such as "10.0.0.0/8 2001:db8::/32". None: from anywhere. A text that
-- cannot be read lets nobody in.
ADD COLUMN addresses TEXT;

ALTER TABLE tokens
-- The token that took its place when it was rotated.
ADD COLUMN replaced_by TEXT;

-- When each token was last used, and from where, to the minute. It is a table of its own, because a change
-- of `tokens` has every gateway load all of them. Nothing depends on it, and a row may be lost.
CREATE TABLE token_uses (
    token   TEXT    NOT NULL PRIMARY KEY,
    used_at INTEGER NOT NULL,
    address TEXT    NOT NULL
) STRICT;

-- Tokens that a gateway signed itself are kept nowhere; those that were revoked are named here, until they
-- would have ended anyway.
CREATE TABLE revoked_minted_tokens (
    -- The id in the token, such as mint_8f3k2q9d1x7.
    id         TEXT    NOT NULL PRIMARY KEY,
    agent      TEXT    NOT NULL,
    revoked_at INTEGER NOT NULL,
    -- When the token ends by itself.
    expires_at INTEGER NOT NULL
) STRICT;

-- A gateway learns of them as it learns of other tokens.
CREATE TRIGGER revoked_minted_tokens_inserted
AFTER INSERT ON revoked_minted_tokens
BEGIN
    UPDATE token_generation SET value = value + 1;
END;

CREATE TRIGGER revoked_minted_tokens_updated
AFTER UPDATE ON revoked_minted_tokens
BEGIN
    UPDATE token_generation SET value = value + 1;
END;

CREATE TRIGGER revoked_minted_tokens_deleted
AFTER DELETE ON revoked_minted_tokens
BEGIN
    UPDATE token_generation SET value = value + 1;
END;
