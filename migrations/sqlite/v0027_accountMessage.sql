-- What accounts are told of, newest number last.
CREATE TABLE accountMessage (
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- Counts up for each account.
    number INTEGER NOT NULL CHECK (number > 0),
    id TEXT NOT NULL CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    kind TEXT NOT NULL CHECK (kind IN ('shareNotify_v2', 'cancelShareNotify_v2', 'opsNotify_v2', 'alarmNotify_v2')),
    -- What it is about: no reference, as the message outlives the device.
    deviceID TEXT NOT NULL CHECK (length(deviceID) BETWEEN 1 AND 127),
    -- `message`: a JSON object.
    content TEXT NOT NULL CHECK (length(content) <= 8192 AND substr(content, 1, 1) = '{' AND json_valid(content)),
    -- Counts up as well: apps page by it.
    time INTEGER NOT NULL,
    PRIMARY KEY (accountID, number)
) STRICT, WITHOUT ROWID;
