-- The trail: one row of records for each request, written before anything is forwarded, and one row
-- of outcomes once it is known what came of a request that was forwarded. A request that the gateway
-- refused by itself has its outcome in the columns outcome_* of its own row, and no second row.
--
-- INSERT-ONLY: no row of records or outcomes is ever changed or deleted. Triggers below refuse both,
-- against accidents; whoever owns the tables can drop them.

CREATE TABLE records (
    -- A UUID of version 7 as its 16 bytes: in the order of time. Also the request's id.
    id                  BYTEA  NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- When the request arrived.
    at                  BIGINT NOT NULL,
    -- Agent and token are null where it was not proven who asks.
    agent               TEXT,
    token               TEXT,
    address             TEXT   NOT NULL,
    method              TEXT   NOT NULL,
    -- As sent, without its query.
    path                TEXT   NOT NULL,
    -- Operation and resource are null where the catalogue knows no such operation.
    operation           TEXT,
    resource            TEXT,
    -- A JSON list of texts: the Kustomer records that the path names.
    targets             TEXT   NOT NULL,
    -- A JSON list of objects: what the request needed, and what the policy gave for it.
    demands             TEXT   NOT NULL,
    -- permitted, denied, unauthenticated, malformed, limited. No CHECK holds the list: the program
    -- is the one place that knows it, and a new word needs no new table.
    decision            TEXT   NOT NULL,
    reason              TEXT   NOT NULL,
    policy_file         TEXT,
    policy_line         BIGINT,
    policy_fingerprint  TEXT   NOT NULL,
    sentence            TEXT   NOT NULL,
    -- All null for a request that was forwarded: its outcome is in the other table.
    outcome_kind        TEXT,
    outcome_status      BIGINT,
    outcome_duration_ms BIGINT,
    outcome_bytes_in    BIGINT,
    outcome_bytes_out   BIGINT,
    outcome_sentence    TEXT
);

-- What was refused is what people look for, and it is little, so the index is small.
--
-- There is no index on the agent: it would double what a record costs to write, on the way of each
-- request, to make the search for a rarely seen agent faster. Such a search reads the newest records
-- first, and is kept short by naming the time one asks about.
CREATE INDEX records_refused
ON records (id)
WHERE decision <> 'permitted';

CREATE TABLE outcomes (
    -- The record it completes. No foreign key: the program writes an outcome only for a record that
    -- is durable, and a check of it would cost each request a look-up.
    record_id   BYTEA  NOT NULL PRIMARY KEY CHECK (length(record_id) = 16),
    kind        TEXT   NOT NULL,
    -- Null where nobody answered.
    status      BIGINT,
    duration_ms BIGINT NOT NULL,
    bytes_in    BIGINT NOT NULL,
    bytes_out   BIGINT NOT NULL,
    sentence    TEXT   NOT NULL
);

CREATE FUNCTION refuse_trail_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the trail is insert-only: no row of % is ever changed or deleted', TG_TABLE_NAME;
END;
$$;

CREATE TRIGGER records_refuse_change
BEFORE UPDATE OR DELETE ON records
FOR EACH ROW EXECUTE FUNCTION refuse_trail_change();

CREATE TRIGGER records_refuse_truncate
BEFORE TRUNCATE ON records
FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change();

CREATE TRIGGER outcomes_refuse_change
BEFORE UPDATE OR DELETE ON outcomes
FOR EACH ROW EXECUTE FUNCTION refuse_trail_change();

CREATE TRIGGER outcomes_refuse_truncate
BEFORE TRUNCATE ON outcomes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change();
