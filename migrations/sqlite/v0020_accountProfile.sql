-- What the owner of an account tells of himself (v2). Absent: never told.
ALTER TABLE account ADD COLUMN countryCode TEXT
    CHECK (length(countryCode) BETWEEN 2 AND 5 AND countryCode GLOB '+[1-9]*'
        AND substr(countryCode, 2) NOT GLOB '*[^0-9]*');
-- A name of the time zone database.
ALTER TABLE account ADD COLUMN timeZone TEXT CHECK (length(timeZone) BETWEEN 1 AND 64);
-- Minutes east of Greenwich.
ALTER TABLE account ADD COLUMN timeZoneOffset INTEGER
    CHECK (timeZoneOffset BETWEEN -840 AND 840 AND (timeZoneOffset IS NULL) = (timeZone IS NULL));
-- The language of his app, a tag as `en-US`; `language` is the one that the server writes to him in.
ALTER TABLE account ADD COLUMN languageTag TEXT CHECK (length(languageTag) BETWEEN 1 AND 35);
ALTER TABLE account ADD COLUMN acceptsAdvertising INTEGER CHECK (acceptsAdvertising IN (0, 1));
ALTER TABLE account ADD COLUMN wasConsulted INTEGER NOT NULL DEFAULT 0 CHECK (wasConsulted IN (0, 1));
ALTER TABLE account ADD COLUMN subscribedEmail TEXT CHECK (length(subscribedEmail) BETWEEN 3 AND 254);
