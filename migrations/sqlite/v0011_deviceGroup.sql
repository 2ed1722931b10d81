-- The groups ("rooms") of an account. A device may be in several, of its owner and of those it is shared with.
CREATE TABLE deviceGroup (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    -- `index` on the wire: where apps show it among the account's groups.
    position INTEGER NOT NULL CHECK (position >= 1),
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX deviceGroupByAccount ON deviceGroup (accountID, position);

CREATE TABLE deviceGroupMember (
    groupID TEXT NOT NULL REFERENCES deviceGroup (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    deviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    PRIMARY KEY (groupID, deviceID)
) STRICT, WITHOUT ROWID;

CREATE INDEX deviceGroupMemberByDevice ON deviceGroupMember (deviceID);
