CREATE TABLE clientApplication (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    -- Readable, as a signature cannot be checked otherwise.
    secret TEXT NOT NULL CHECK (secret <> ''),
    name TEXT NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT;
