-- The gateway that a sub-device is reached through; a device without a row has a connection of its own.
CREATE TABLE subDevice (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    parentID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    CHECK (deviceID <> parentID)
) STRICT;

CREATE INDEX subDeviceByParent ON subDevice (parentID);

-- Until now the gateway stood in params alone, as whoever added the device wrote it: taken over where it is one.
INSERT INTO subDevice (deviceID, parentID)
SELECT child.id, parent.id
FROM device AS child
JOIN deviceState AS childState ON childState.deviceID = child.id
JOIN device AS parent
    ON parent.id = json_extract(childState.params, '$.parentid') AND parent.ownerID = child.ownerID
JOIN deviceState AS parentState ON parentState.deviceID = parent.id
WHERE parent.id <> child.id AND json_extract(parentState.params, '$.parentid') IS NULL;
