CREATE TABLE schemaMigration (
    name TEXT NOT NULL PRIMARY KEY CHECK (name GLOB 'v[0-9][0-9][0-9][0-9]_?*'),
    -- SHA-256 of the file as it was applied.
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    -- Milliseconds since 1970, as every time in this schema.
    appliedAt INTEGER NOT NULL
) STRICT;
