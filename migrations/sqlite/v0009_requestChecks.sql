ALTER TABLE clientApplication ADD COLUMN refusesReplays INTEGER NOT NULL DEFAULT 0 CHECK (refusesReplays IN (0, 1));

-- Milliseconds, 0 is off; absent: as the server's setting says.
ALTER TABLE clientApplication ADD COLUMN clockSkewLimit INTEGER CHECK (clockSkewLimit BETWEEN 0 AND 86400000);
