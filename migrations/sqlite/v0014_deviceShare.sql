-- Devices that their owners share with other accounts.
CREATE TABLE deviceShare (
    deviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    receiverID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- What the receiver may do with timers: 1 add, 2 edit, 4 delete, 8 enable.
    permit INTEGER NOT NULL CHECK (permit BETWEEN 0 AND 15),
    deviceName TEXT NOT NULL CHECK (length(deviceName) <= 128),
    userName TEXT NOT NULL CHECK (length(userName) <= 128),
    note TEXT NOT NULL CHECK (length(note) <= 30),
    sharedAt INTEGER NOT NULL,
    PRIMARY KEY (deviceID, receiverID)
) STRICT;

CREATE INDEX deviceShareByReceiver ON deviceShare (receiverID);
