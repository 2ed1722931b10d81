-- A firmware that the operator has uploaded: what devices of its model may be updated to.
CREATE TABLE firmwareRelease (
    -- Part of the address of the download, which nobody can guess.
    key TEXT NOT NULL PRIMARY KEY CHECK (length(key) = 24 AND key NOT GLOB '*[^0-9A-Za-z]*'),
    model TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 64),
    version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 32),
    createdAt INTEGER NOT NULL,
    UNIQUE (model, version)
) STRICT;

-- One or two for each release, in the order in which a device is told of them.
CREATE TABLE firmwareImage (
    releaseKey TEXT NOT NULL REFERENCES firmwareRelease (key) ON DELETE CASCADE ON UPDATE RESTRICT,
    position INTEGER NOT NULL CHECK (position IN (0, 1)),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32 AND name NOT GLOB '*[^-._0-9A-Za-z]*'),
    -- SHA-256 of the image in hex, which is also the name of its file.
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    byteCount INTEGER NOT NULL CHECK (byteCount > 0),
    PRIMARY KEY (releaseKey, position),
    UNIQUE (releaseKey, name)
) STRICT;

-- An upgrade that a device gets with the answer to its next report over HTTPS; one for each device.
CREATE TABLE pendingUpgrade (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    releaseKey TEXT NOT NULL REFERENCES firmwareRelease (key) ON DELETE CASCADE ON UPDATE RESTRICT,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX pendingUpgradeByRelease ON pendingUpgrade (releaseKey);
