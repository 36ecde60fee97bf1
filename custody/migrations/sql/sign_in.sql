-- What signing in counts over all processes: failed attempts, and nothing the books know of (Django's cache table).
CREATE TABLE django_cache (
    cache_key varchar(255) PRIMARY KEY,
    value     text NOT NULL,
    expires   timestamptz NOT NULL
);
CREATE INDEX django_cache_expires ON django_cache (expires);
