CREATE TABLE outboxMessage (
    id INTEGER NOT NULL PRIMARY KEY,
    destination TEXT NOT NULL CHECK (destination <> ''),
    purpose INTEGER NOT NULL CHECK (purpose IN (0, 1, 3, 4)),
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX outboxMessageByTime ON outboxMessage (createdAt);
