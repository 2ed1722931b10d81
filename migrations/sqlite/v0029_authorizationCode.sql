CREATE TABLE authorizationCode (
    -- SHA-256 of the code; the code itself is never stored.
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    appID TEXT NOT NULL REFERENCES clientApplication (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    redirectURL TEXT NOT NULL CHECK (redirectURL <> ''),
    createdAt INTEGER NOT NULL,
    -- That of the tokens it was traded for; absent until then. A code that comes back ends them.
    family TEXT CHECK (length(family) = 24 AND family NOT GLOB '*[^0-9a-f]*')
) STRICT;

CREATE INDEX authorizationCodeByAccount ON authorizationCode (accountID, createdAt);
CREATE INDEX authorizationCodeByApplication ON authorizationCode (appID);
CREATE INDEX authorizationCodeByTime ON authorizationCode (createdAt);
