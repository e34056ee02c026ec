-- The event log in one schema of a PostgreSQL database. Tables are named without their schema: the connection's
-- search_path says which log is meant.

CREATE TABLE log (
    single     boolean     PRIMARY KEY DEFAULT true CHECK (single),
    id         uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO log (id) VALUES (gen_random_uuid());

-- The seven columns that postgres-es inserts keep its names; the others come from append_event().
CREATE TABLE events (
    position       bigint      PRIMARY KEY,
    aggregate_type text        COLLATE "C" NOT NULL,
    aggregate_id   text        COLLATE "C" NOT NULL,
    sequence       bigint      NOT NULL,
    event_id       uuid        NOT NULL,
    following      integer     NOT NULL, -- how many events of the same append come after this one
    event_type     text        COLLATE "C" NOT NULL,
    event_version  text        COLLATE "C" NOT NULL,
    recorded_at    timestamptz NOT NULL,
    metadata       json        NOT NULL,
    payload        json        NOT NULL
);
CREATE UNIQUE INDEX events_by_stream ON events (aggregate_type, aggregate_id, sequence);
CREATE UNIQUE INDEX events_by_id ON events (event_id);

-- Gives an event its place. Appends take one lock until they commit, so positions are in the order of commits, without
-- holes, and a reader that sees one sees all before it (docs/adr/0002-order-of-events.md). The place follows from the
-- events themselves: no sequence or counter has to be carried along when the log moves to another server.
CREATE FUNCTION append_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    envelope      json := NEW.metadata;
    last_position bigint;
    last_time     timestamptz;
    last_sequence bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1179414375, TG_RELID::integer);
    -- A statement of its own after the lock, so that it sees what the one before committed.
    SELECT e.position, e.recorded_at INTO last_position, last_time FROM events e ORDER BY e.position DESC LIMIT 1;
    NEW.position := coalesce(last_position, 0) + 1;
    NEW.recorded_at := greatest(last_time, clock_timestamp());

    NEW.aggregate_type := envelope ->> 'stream_kind';
    SELECT e.sequence INTO last_sequence FROM events e
     WHERE e.aggregate_type = NEW.aggregate_type AND e.aggregate_id = NEW.aggregate_id ORDER BY e.sequence DESC LIMIT 1;
    IF NEW.sequence <> coalesce(last_sequence, 0) + 1 THEN
        RAISE EXCEPTION 'sequence % of %-%, expected %',
            NEW.sequence, NEW.aggregate_type, NEW.aggregate_id, coalesce(last_sequence, 0) + 1
            USING ERRCODE = 'unique_violation';
    END IF;

    NEW.event_id := (envelope ->> 'event_id')::uuid;
    NEW.following := (envelope ->> 'following')::integer;
    -- Both travel as JSON strings, so that they are kept exactly as they were written.
    NEW.metadata := (envelope ->> 'metadata')::json;
    NEW.payload := (NEW.payload #>> '{}')::json;
    RETURN NEW;
END
$$;
CREATE TRIGGER append_event BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION append_event();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: events are never changed or removed';
END
$$;
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Halves the log instead of using an index: recorded_at never falls from one position to the next.
CREATE FUNCTION position_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    answer         bigint := 0;
    low            bigint := 0;
    high           bigint;
    middle         bigint;
    found_position bigint;
    found_time     timestamptz;
BEGIN
    SELECT coalesce(max(e.position), 0) INTO high FROM events e;
    WHILE low < high LOOP
        middle := high - (high - low) / 2;
        SELECT e.position, e.recorded_at INTO found_position, found_time
          FROM events e WHERE e.position <= middle ORDER BY e.position DESC LIMIT 1;
        IF found_position IS NULL OR found_position <= low THEN
            low := middle;
        ELSIF found_time <= moment THEN
            answer := found_position;
            low := middle;
        ELSE
            high := found_position - 1;
        END IF;
    END LOOP;
    RETURN answer;
END
$$;

-- A cache: losing it costs time, nothing else.
CREATE TABLE snapshots (
    aggregate_type text   COLLATE "C" NOT NULL,
    aggregate_id   text   COLLATE "C" NOT NULL,
    sequence       bigint NOT NULL,
    schema         text   NOT NULL,
    state          text   NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id)
);
