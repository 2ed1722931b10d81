-- Devices that were deleted and have to forget their pairing when they come back.
CREATE TABLE deletedDevice (
    deviceID TEXT NOT NULL PRIMARY KEY CHECK (length(deviceID) BETWEEN 1 AND 64),
    factoryKey TEXT NOT NULL CHECK (length(factoryKey) BETWEEN 1 AND 127),
    timesTold INTEGER NOT NULL CHECK (timesTold BETWEEN 0 AND 3),
    deletedAt INTEGER NOT NULL
) STRICT;
