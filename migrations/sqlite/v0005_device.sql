CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    objectID TEXT NOT NULL UNIQUE CHECK (length(objectID) = 24 AND objectID NOT GLOB '*[^0-9a-f]*'),
    factoryRecordID TEXT NOT NULL
        CHECK (length(factoryRecordID) = 24 AND factoryRecordID NOT GLOB '*[^0-9a-f]*'),
    -- Not a cascade: a device goes through deletedDevice, else it would never be told.
    ownerID TEXT NOT NULL REFERENCES account (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    factoryKey TEXT NOT NULL CHECK (length(factoryKey) BETWEEN 1 AND 127),
    name TEXT NOT NULL CHECK (length(name) <= 128),
    uiid INTEGER NOT NULL CHECK (uiid >= 0),
    model TEXT NOT NULL,
    brandName TEXT NOT NULL,
    productModel TEXT NOT NULL,
    mac TEXT NOT NULL,
    chipID TEXT NOT NULL,
    romVersion TEXT NOT NULL,
    ackByUpdate INTEGER NOT NULL CHECK (ackByUpdate IN (0, 1)),
    -- Absent: decided by romVersion.
    fullSwitchesArray INTEGER CHECK (fullSwitchesArray IN (0, 1)),
    -- Absent: added by the operator. No reference: an application may go, the fact stays.
    addedUnder TEXT,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX deviceByOwner ON device (ownerID);

-- One row for each device, made with it: what is written often stays apart from what is written once.
CREATE TABLE deviceState (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- A JSON object, compact.
    params TEXT NOT NULL
        CHECK (length(params) <= 65536 AND substr(params, 1, 1) = '{' AND json_valid(params)),
    onlineTime INTEGER,
    offlineTime INTEGER,
    address TEXT NOT NULL
) STRICT;
