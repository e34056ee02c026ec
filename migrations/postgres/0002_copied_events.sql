-- Events that are copied from another log keep their times: the envelope says them. Everything else is as in 0001.
CREATE OR REPLACE FUNCTION append_event() RETURNS trigger LANGUAGE plpgsql AS $$
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
    NEW.recorded_at := greatest(last_time, coalesce((envelope ->> 'recorded_at')::timestamptz, clock_timestamp()));

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
