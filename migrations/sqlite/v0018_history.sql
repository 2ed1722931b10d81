-- What changed the state of a device, newest number last. Its rows go with those of `device`.
CREATE TABLE history (
    deviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- Counts up for each device.
    number INTEGER NOT NULL CHECK (number > 0),
    time INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('report', 'command')),
    -- The apikey of the account that commanded. Absent: the device itself, or the operator.
    account TEXT CHECK (account IS NULL OR (length(account) BETWEEN 1 AND 127 AND kind = 'command')),
    -- What was reported or commanded: a JSON object, or an array of them.
    params TEXT NOT NULL
        CHECK (length(params) <= 65536 AND substr(params, 1, 1) IN ('{', '[') AND json_valid(params)),
    PRIMARY KEY (deviceID, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX historyByTime ON history (time);
