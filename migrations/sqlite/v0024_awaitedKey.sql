-- A device may be added by the digest of its apikey alone; the key is stored when its first `register` has proven it. One of
-- the two is always there.
ALTER TABLE device RENAME COLUMN factoryKey TO knownKey;
-- Absent: not known yet.
ALTER TABLE device ADD COLUMN factoryKey TEXT CHECK (length(factoryKey) BETWEEN 1 AND 127);
UPDATE device SET factoryKey = knownKey;
ALTER TABLE device DROP COLUMN knownKey;
-- SHA-256 of deviceid and apikey in hex. Absent: the key is known.
ALTER TABLE device ADD COLUMN keyDigest TEXT
    CHECK (length(keyDigest) = 64 AND keyDigest NOT GLOB '*[^0-9a-f]*')
    CHECK ((keyDigest IS NULL) <> (factoryKey IS NULL));
