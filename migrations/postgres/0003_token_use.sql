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
    token   TEXT   NOT NULL PRIMARY KEY,
    used_at BIGINT NOT NULL,
    address TEXT   NOT NULL
);

-- Tokens that a gateway signed itself are kept nowhere; those that were revoked are named here, until they
-- would have ended anyway.
CREATE TABLE revoked_minted_tokens (
    -- The id in the token, such as mint_8f3k2q9d1x7.
    id         TEXT   NOT NULL PRIMARY KEY,
    agent      TEXT   NOT NULL,
    revoked_at BIGINT NOT NULL,
    -- When the token ends by itself.
    expires_at BIGINT NOT NULL
);

-- A gateway learns of them as it learns of other tokens.
CREATE TRIGGER revoked_minted_tokens_changed
AFTER INSERT OR UPDATE OR DELETE ON revoked_minted_tokens
FOR EACH ROW EXECUTE FUNCTION count_token_change();

CREATE TRIGGER revoked_minted_tokens_truncated
AFTER TRUNCATE ON revoked_minted_tokens
FOR EACH STATEMENT EXECUTE FUNCTION count_token_change();

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'kustodian_gateway') THEN
        GRANT SELECT, INSERT, UPDATE ON token_uses TO kustodian_gateway;
        GRANT SELECT ON revoked_minted_tokens TO kustodian_gateway;
    END IF;
END;
$$;
