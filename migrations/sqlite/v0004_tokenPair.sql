CREATE TABLE tokenPair (
    -- SHA-256 of the tokens; the tokens themselves are never stored.
    refreshHash BLOB NOT NULL PRIMARY KEY CHECK (length(refreshHash) = 32),
    accessHash BLOB NOT NULL UNIQUE CHECK (length(accessHash) = 32),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    appID TEXT NOT NULL REFERENCES clientApplication (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- Shared by all pairs that came out of one log-in by refreshing.
    family TEXT NOT NULL CHECK (length(family) = 24 AND family NOT GLOB '*[^0-9a-f]*'),
    issuedAt INTEGER NOT NULL,
    accessExpiresAt INTEGER NOT NULL CHECK (accessExpiresAt >= issuedAt),
    refreshExpiresAt INTEGER NOT NULL CHECK (refreshExpiresAt >= issuedAt),
    -- Set when a refresh replaced the pair; a replaced pair stays, so that its reuse is noticed.
    replacedAt INTEGER
) STRICT;

CREATE INDEX tokenPairByAccount ON tokenPair (accountID, appID);
CREATE INDEX tokenPairByApplication ON tokenPair (appID);
CREATE INDEX tokenPairByFamily ON tokenPair (family);
CREATE INDEX tokenPairByRefreshExpiry ON tokenPair (refreshExpiresAt);

-- A family has at most one pair that is alive.
CREATE UNIQUE INDEX tokenPairAliveByFamily ON tokenPair (family) WHERE replacedAt IS NULL;
