-- The trail: one row of records for each request, written before anything is forwarded, and one row
-- of outcomes once it is known what came of a request that was forwarded. A request that the gateway
-- refused by itself is complete in its one row, and so is what the gateway notes of itself.
--
-- INSERT-ONLY: no row of records or outcomes is ever changed. Triggers below refuse it, and refuse to
-- delete, against accidents; whoever owns the file can drop them. Each row carries a hash over its own
-- cells and the row before it in its chain, so that `kustodian audit verify` finds what was done.

-- Each run of a gateway writes a chain of its own. Nothing here is part of the trail: it says how far
-- each chain has come, so that a writer finds its end, and the next one finds what was left open.
CREATE TABLE chains (
    -- AUTOINCREMENT: an ordinal is never given twice.
    ordinal    INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- The id of the chain's first record.
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    opened_at  INTEGER NOT NULL,
    -- How many rows the chain has had, and the hash of the last one; null while it has none.
    row_count  INTEGER NOT NULL,
    head       BLOB,
    -- How many of its rows there were when another chain named its head.
    named      INTEGER NOT NULL,
    -- The earliest of its records that may wait for its outcome; null where none does.
    open_since BLOB,
    -- When the database last heard of its writer.
    seen_at    INTEGER NOT NULL,
    -- 1: its writer has ended or was taken for dead, and nothing more is appended.
    closed     INTEGER NOT NULL,
    -- How many of its rows have their targets in target_runs.
    filed      INTEGER NOT NULL
) STRICT;

CREATE TABLE records (
    -- The chain's ordinal * 2^40 + the row's number in its chain, from 0; outcomes count too.
    place              INTEGER NOT NULL PRIMARY KEY,
    -- SHA-256 over the hash of the row before and all other cells; docs/audit-record.md says how.
    hash               BLOB    NOT NULL,
    -- A UUID of version 7 as its 16 bytes: in the order of time. Also the request's id.
    id                 BLOB    NOT NULL CHECK (length(id) = 16),
    -- When the request arrived.
    at                 INTEGER NOT NULL,
    -- Agent and token are null where it was not proven who asks.
    agent              TEXT,
    token              TEXT,
    -- Address, method and path are empty for what the gateway notes of itself.
    address            TEXT    NOT NULL,
    method             TEXT    NOT NULL,
    -- As sent, without its query.
    path               TEXT    NOT NULL,
    -- Operation and resource are null where the catalogue knows no such operation.
    operation          TEXT,
    resource           TEXT,
    -- A JSON list of texts: the Kustomer records that the path names.
    targets            TEXT    NOT NULL,
    -- A JSON list of objects: what the request needed, and what the policy gave for it.
    demands            TEXT    NOT NULL,
    -- permitted, denied, unauthenticated, malformed, limited, noted. No CHECK holds the list: the
    -- program is the one place that knows it, and a new word needs no new table.
    decision           TEXT    NOT NULL,
    reason             TEXT    NOT NULL,
    policy_file        TEXT,
    policy_line        INTEGER,
    policy_fingerprint TEXT    NOT NULL,
    -- How many requests the row stands for: more than one where a flood was counted.
    requests           INTEGER NOT NULL,
    -- A JSON object, where the gateway notes something of itself.
    detail             TEXT,
    sentence           TEXT    NOT NULL,
    -- Of what was over when it was decided; null for a request that was forwarded.
    status             INTEGER,
    duration_ms        INTEGER
) STRICT;

CREATE UNIQUE INDEX records_by_id
ON records (id);

-- Each agent's own records in the order of time. Within an agent it only grows at its end, so it costs
-- a record little; an index by target would not, see target_runs.
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

CREATE TABLE outcomes (
    -- As in records: both tables' rows make up a chain.
    place       INTEGER NOT NULL PRIMARY KEY,
    hash        BLOB    NOT NULL,
    -- The record it completes. No foreign key: the program writes an outcome only for a record that
    -- is durable, and a check of it would cost each request a look-up.
    record_id   BLOB    NOT NULL CHECK (length(record_id) = 16),
    kind        TEXT    NOT NULL,
    -- Null where nobody answered.
    status      INTEGER,
    duration_ms INTEGER NOT NULL,
    bytes_in    INTEGER NOT NULL,
    bytes_out   INTEGER NOT NULL,
    sentence    TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX outcomes_by_record
ON outcomes (record_id);

-- Which records name a target, in runs: each is the sorted list of some thousand records that follow
-- each other in a chain, written at once when they are there. One index over all of them would have
-- each record change a page of its own somewhere in the file; a look-up goes through the runs instead.
-- Records that no run has yet are searched one by one: those of a chain from chains.filed on.
CREATE TABLE target_runs (
    run    INTEGER NOT NULL,
    target TEXT    NOT NULL,
    id     BLOB    NOT NULL,
    PRIMARY KEY (run, target, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    run   INTEGER NOT NULL PRIMARY KEY,
    -- The places from the first to before the last that it covers, and the ids of its records.
    start INTEGER NOT NULL,
    stop  INTEGER NOT NULL,
    first BLOB    NOT NULL,
    last  BLOB    NOT NULL,
    -- A Bloom filter over its targets, so that a search looks into few of the runs without need.
    sieve BLOB    NOT NULL
) STRICT;

CREATE TRIGGER records_refuse_update
BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'the trail is insert-only: a row of records is never changed');
END;

CREATE TRIGGER records_refuse_delete
BEFORE DELETE ON records
BEGIN
    SELECT RAISE(ABORT, 'the trail is insert-only: a row of records is never deleted');
END;

CREATE TRIGGER outcomes_refuse_update
BEFORE UPDATE ON outcomes
BEGIN
    SELECT RAISE(ABORT, 'the trail is insert-only: a row of outcomes is never changed');
END;

CREATE TRIGGER outcomes_refuse_delete
BEFORE DELETE ON outcomes
BEGIN
    SELECT RAISE(ABORT, 'the trail is insert-only: a row of outcomes is never deleted');
END;
