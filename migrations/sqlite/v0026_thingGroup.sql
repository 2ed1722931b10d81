-- The groups of version 2: devices of one account, its own and shared ones, that are switched together.
CREATE TABLE thingGroup (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    -- Without it there is no group.
    mainDeviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- What was last sent to the group: a JSON object.
    params TEXT NOT NULL
        CHECK (length(params) <= 65536 AND substr(params, 1, 1) = '{' AND json_valid(params)),
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX thingGroupByAccount ON thingGroup (accountID, createdAt);
CREATE INDEX thingGroupByMainDevice ON thingGroup (mainDeviceID);

CREATE TABLE thingGroupMember (
    groupID TEXT NOT NULL REFERENCES thingGroup (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    deviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- The order in which apps named them; the main device is 0.
    position INTEGER NOT NULL CHECK (position >= 0),
    PRIMARY KEY (groupID, deviceID)
) STRICT, WITHOUT ROWID;

CREATE INDEX thingGroupMemberByDevice ON thingGroupMember (deviceID);
