CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    apiKey TEXT NOT NULL UNIQUE CHECK (length(apiKey) BETWEEN 1 AND 127),
    -- One of the two; an e-mail address may begin with '+', so the column tells the kind.
    email TEXT COLLATE NOCASE UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    phone TEXT UNIQUE CHECK (phone GLOB '+[0-9]*' AND length(phone) BETWEEN 5 AND 16),
    nickname TEXT NOT NULL,
    region TEXT NOT NULL CHECK (region IN ('cn', 'as', 'eu', 'us')),
    language TEXT NOT NULL CHECK (language IN ('en', 'cn')),
    passwordHash TEXT NOT NULL CHECK (passwordHash <> ''),
    createdAt INTEGER NOT NULL,
    -- The last log-in, absent before the first. No reference: an application may go, the fact stays.
    lastLoginAppID TEXT,
    lastLoginAt INTEGER,
    lastLoginAddress TEXT,
    lastLoginOS TEXT,
    lastLoginAppVersion TEXT,
    CHECK ((email IS NULL) <> (phone IS NULL)),
    CHECK ((lastLoginAppID IS NULL) = (lastLoginAt IS NULL)),
    CHECK ((lastLoginAppID IS NULL) = (lastLoginAddress IS NULL))
) STRICT;
