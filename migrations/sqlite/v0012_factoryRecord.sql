-- Devices that the server knows of, whether an account has them or not.
CREATE TABLE factoryRecord (
    deviceID TEXT NOT NULL PRIMARY KEY CHECK (length(deviceID) BETWEEN 1 AND 64),
    factoryKey TEXT NOT NULL CHECK (length(factoryKey) BETWEEN 1 AND 127),
    model TEXT NOT NULL,
    -- Absent: not known.
    uiid INTEGER CHECK (uiid >= 1),
    chipID TEXT NOT NULL,
    -- Entered by the operator, or kept when the device dialled in by itself.
    source TEXT NOT NULL CHECK (source IN ('operator', 'adopted')),
    createdAt INTEGER NOT NULL,
    -- Its last `register` while no account had it; absent when there was none.
    lastSeenAt INTEGER,
    address TEXT NOT NULL
) STRICT;
