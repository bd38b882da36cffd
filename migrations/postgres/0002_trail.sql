-- The trail: one row of records for each request, written before anything is forwarded, and one row
-- of outcomes once it is known what came of a request that was forwarded. A request that the gateway
-- refused by itself is complete in its one row, and so is what the gateway notes of itself.
--
-- INSERT-ONLY: no row of records or outcomes is ever changed. Triggers below refuse it, and refuse to
-- delete, against accidents; the role kustodian_gateway may not even try. Each row carries a hash over
-- its own cells and the row before it in its chain, so that `kustodian audit verify` finds what was done.
--
-- Both tables are partitioned by the month of the record's id, and old months are dropped whole.

-- Each run of a gateway writes a chain of its own. Nothing here is part of the trail: it says how far
-- each chain has come, so that a writer finds its end, and the next one finds what was left open.
CREATE TABLE chains (
    ordinal    BIGINT NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    -- The id of the chain's first record.
    id         BYTEA  NOT NULL UNIQUE CHECK (length(id) = 16),
    opened_at  BIGINT NOT NULL,
    -- How many rows the chain has had, and the hash of the last one; null while it has none.
    row_count  BIGINT NOT NULL,
    head       BYTEA,
    -- How many of its rows there were when another chain named its head.
    named      BIGINT NOT NULL,
    -- The earliest of its records that may wait for its outcome; null where none does.
    open_since BYTEA,
    -- When the database last heard of its writer.
    seen_at    BIGINT NOT NULL,
    -- 1: its writer has ended or was taken for dead, and nothing more is appended.
    closed     BIGINT NOT NULL
);

CREATE TABLE records (
    -- The chain's ordinal * 2^40 + the row's number in its chain, from 0; outcomes count too.
    place              BIGINT NOT NULL,
    -- SHA-256 over the hash of the row before and all other cells; docs/audit-record.md says how.
    hash               BYTEA  NOT NULL,
    -- A UUID of version 7 as its 16 bytes: in the order of time. Also the request's id.
    id                 BYTEA  NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- When the request arrived.
    at                 BIGINT NOT NULL,
    -- Agent and token are null where it was not proven who asks.
    agent              TEXT,
    token              TEXT,
    -- Address, method and path are empty for what the gateway notes of itself.
    address            TEXT   NOT NULL,
    method             TEXT   NOT NULL,
    -- As sent, without its query.
    path               TEXT   NOT NULL,
    -- Operation and resource are null where the catalogue knows no such operation.
    operation          TEXT,
    resource           TEXT,
    -- A JSON list of texts: the Kustomer records that the path names.
    targets            TEXT   NOT NULL,
    -- A JSON list of objects: what the request needed, and what the policy gave for it.
    demands            TEXT   NOT NULL,
    -- permitted, denied, unauthenticated, malformed, limited, noted. No CHECK holds the list: the
    -- program is the one place that knows it, and a new word needs no new table.
    decision           TEXT   NOT NULL,
    reason             TEXT   NOT NULL,
    policy_file        TEXT,
    policy_line        BIGINT,
    policy_fingerprint TEXT   NOT NULL,
    -- How many requests the row stands for: more than one where a flood was counted.
    requests           BIGINT NOT NULL,
    -- A JSON object, where the gateway notes something of itself.
    detail             TEXT,
    sentence           TEXT   NOT NULL,
    -- Of what was over when it was decided; null for a request that was forwarded.
    status             BIGINT,
    duration_ms        BIGINT
) PARTITION BY RANGE (id);

CREATE INDEX records_by_place
ON records (place);

-- Each agent's own records in the order of time.
CREATE INDEX records_by_agent
ON records (agent, id)
WHERE agent IS NOT NULL;

-- What was refused is what people look for, and it is little, so the index is small.
CREATE INDEX records_refused
ON records (id)
WHERE decision <> 'permitted';

CREATE INDEX records_noted
ON records (reason, id)
WHERE decision = 'noted';

-- Which records name a target, each target's own in the order of time. By its hash, because a text may be
-- longer than an entry of an index. A path names two at the most, but for operations that were added;
-- records with more are read one by one.
CREATE INDEX records_by_first_target
ON records (hashtextextended(targets::jsonb ->> 0, 0), id)
WHERE hashtextextended(targets::jsonb ->> 0, 0) IS NOT NULL;

CREATE INDEX records_by_second_target
ON records (hashtextextended(targets::jsonb ->> 1, 0), id)
WHERE hashtextextended(targets::jsonb ->> 1, 0) IS NOT NULL;

CREATE INDEX records_with_more_targets
ON records (id)
WHERE jsonb_array_length(targets::jsonb) > 2;

CREATE TABLE outcomes (
    -- As in records: both tables' rows make up a chain.
    place       BIGINT NOT NULL,
    hash        BYTEA  NOT NULL,
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
) PARTITION BY RANGE (record_id);

CREATE INDEX outcomes_by_place
ON outcomes (place);

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

-- Whatever has no month of its own: a clock that is far off must not lose a record.
CREATE TABLE records_default PARTITION OF records DEFAULT;
CREATE TABLE outcomes_default PARTITION OF outcomes DEFAULT;

-- The smallest id that a record of this instant can have.
CREATE FUNCTION trail_id_floor(instant TIMESTAMPTZ) RETURNS BYTEA
LANGUAGE sql IMMUTABLE
AS $$
    SELECT substring(int8send((extract(epoch FROM instant) * 1000)::BIGINT) FROM 3)
        || decode(repeat('00', 10), 'hex')
$$;

-- Sees that this month and the next two have their partitions. Runs with the rights of its owner, so
-- that a gateway which may only insert and select can still see to the months to come.
CREATE FUNCTION prepare_trail_months() RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    month TIMESTAMP;
    part  TEXT;
    base  TEXT;
BEGIN
    -- One at a time: of two that find the same month missing, one would fail.
    PERFORM pg_advisory_xact_lock(hashtext('kustodian trail months'));
    FOR ahead IN 0..2 LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead);
        FOREACH base IN ARRAY ARRAY['records', 'outcomes'] LOOP
            part := base || to_char(month, '_YYYYMM');
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            BEGIN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    part, base,
                    trail_id_floor(month AT TIME ZONE 'UTC'),
                    trail_id_floor((month + INTERVAL '1 month') AT TIME ZONE 'UTC')
                );
                EXECUTE format(
                    'CREATE TRIGGER %I BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change()',
                    part || '_refuse_truncate', part
                );
            EXCEPTION WHEN check_violation THEN
                -- Records of that month are in the default partition already, and stay there.
                RAISE NOTICE 'no partition % was made: its records are in the default one', part;
            END;
        END LOOP;
    END LOOP;
END;
$$;

SELECT prepare_trail_months();

-- The role of a gateway that cannot change what it has written: deploy/runbook.md says how to run
-- under it. A role is one for all databases of a server, and it takes the right to make roles.
DO $$
BEGIN
    CREATE ROLE kustodian_gateway NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'the role kustodian_gateway was not made: its maker needs CREATEROLE';
END;
$$;

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'kustodian_gateway') THEN
        GRANT SELECT, INSERT ON records, outcomes TO kustodian_gateway;
        GRANT SELECT, INSERT, UPDATE ON chains TO kustodian_gateway;
        GRANT SELECT ON tokens, token_generation, _sqlx_migrations TO kustodian_gateway;
    END IF;
END;
$$;
