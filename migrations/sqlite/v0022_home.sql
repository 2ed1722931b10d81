-- The homes of an account, their rooms, and where its things stand in them (`family` and `room` of version 2).
-- Every account has a home, one of them is the current one; every device, received share and group of it has a place.
CREATE TABLE home (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    -- `index` on the wire: where apps show it among the account's homes.
    position INTEGER NOT NULL,
    isCurrent INTEGER NOT NULL CHECK (isCurrent IN (0, 1)),
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX homeByAccount ON home (accountID, position);

CREATE UNIQUE INDEX homeCurrent ON home (accountID) WHERE isCurrent = 1;

CREATE TABLE room (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    homeID TEXT NOT NULL REFERENCES home (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    position INTEGER NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX roomByHome ON room (homeID, position);

CREATE TABLE thingPlace (
    id INTEGER NOT NULL PRIMARY KEY,
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- One of the two. The account owns the device or shares it.
    deviceID TEXT REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    groupID TEXT REFERENCES thingGroup (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- Not a cascade: a home that goes leaves its things to another one. Checked at the end of a statement, as an account
    -- takes homes and places with it.
    homeID TEXT NOT NULL REFERENCES home (id) ON DELETE NO ACTION ON UPDATE RESTRICT,
    -- Absent: in no room.
    roomID TEXT REFERENCES room (id) ON DELETE SET NULL ON UPDATE RESTRICT,
    -- Clients page by it, so no two things of a home have the same.
    position INTEGER NOT NULL,
    CHECK ((deviceID IS NULL) <> (groupID IS NULL))
) STRICT;

CREATE UNIQUE INDEX thingPlaceByHome ON thingPlace (homeID, position);

CREATE UNIQUE INDEX thingPlaceByDevice ON thingPlace (deviceID, accountID);

CREATE UNIQUE INDEX thingPlaceByGroup ON thingPlace (groupID);

CREATE INDEX thingPlaceByAccount ON thingPlace (accountID);

CREATE INDEX thingPlaceByRoom ON thingPlace (roomID);

-- The accounts there are get a home, and their devices places in it, as if they were added one after the other.
INSERT INTO home (id, accountID, name, position, isCurrent, createdAt)
SELECT lower(hex(randomblob(12))), id, iif(language = 'cn', '我的家', 'Home'), 0, 1, createdAt FROM account;

INSERT INTO thingPlace (accountID, deviceID, homeID, position)
SELECT thing.accountID, thing.deviceID, home.id,
    -row_number() OVER (PARTITION BY thing.accountID ORDER BY thing.since, thing.deviceID)
FROM (
    SELECT ownerID AS accountID, id AS deviceID, createdAt AS since FROM device
    UNION ALL
    SELECT receiverID, deviceID, sharedAt FROM deviceShare
) AS thing
JOIN home ON home.accountID = thing.accountID;
