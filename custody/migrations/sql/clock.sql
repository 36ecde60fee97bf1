-- What time it is, for facts that guards read: the database's clock, never the application's.
--
-- Only the tables' owner can put a demonstration clock behind it: an offset that runs, one a database. The application
-- may see that it stands, so that what is made under one can say so.

CREATE TABLE custody_clock (
    singleton boolean PRIMARY KEY DEFAULT true CONSTRAINT clock_is_one CHECK (singleton),
    ahead     interval NOT NULL CONSTRAINT clock_offset_is_finite CHECK (ahead BETWEEN '-200 years' AND '200 years'),
    told      boolean NOT NULL DEFAULT false,
    set_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE custody_clock IS
$$Empty in production: then custody_now() is clock_timestamp(). Sessions, codes and passkeys stay on real time.$$;

COMMENT ON COLUMN custody_clock.told IS
$$Tests alone: entries are recorded at the instant the caller tells, still never before the entry before them.$$;

-- The instant of this call: real time, or real time moved by the demonstration's offset. It runs on within a
-- transaction, so that what waited for a lock is not dated before what it waited for.
CREATE FUNCTION custody_now() RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN clock_timestamp() + coalesce((SELECT c.ahead FROM custody_clock c WHERE c.singleton), interval '0');
END $$;

-- When what a caller dates p_told is recorded: now, by this clock, whatever the caller says.
CREATE FUNCTION custody_recorded(p_told timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_clock record;
BEGIN
    SELECT c.ahead, c.told INTO v_clock FROM custody_clock c WHERE c.singleton;
    RETURN CASE WHEN v_clock.told THEN p_told ELSE clock_timestamp() + coalesce(v_clock.ahead, interval '0') END;
END $$;
