-- What owner and operator set of a device. A device without a row has the defaults.
CREATE TABLE deviceSetting (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- The uiid is the word of the operator or of a factory record: nothing that the device says changes it.
    uiidChosen INTEGER NOT NULL CHECK (uiidChosen IN (0, 1)),
    opsNotify INTEGER NOT NULL CHECK (opsNotify IN (0, 1)),
    opsHistory INTEGER NOT NULL CHECK (opsHistory IN (0, 1)),
    alarmNotify INTEGER NOT NULL CHECK (alarmNotify IN (0, 1)),
    wxAlarmNotify INTEGER NOT NULL CHECK (wxAlarmNotify IN (0, 1)),
    wxOpsNotify INTEGER NOT NULL CHECK (wxOpsNotify IN (0, 1)),
    wxDoorbellNotify INTEGER NOT NULL CHECK (wxDoorbellNotify IN (0, 1)),
    appDoorbellNotify INTEGER NOT NULL CHECK (appDoorbellNotify IN (0, 1)),
    -- A JSON object, compact: the free map of the apps.
    tags TEXT NOT NULL CHECK (length(tags) <= 8192 AND substr(tags, 1, 1) = '{' AND json_valid(tags))
) STRICT;

-- Until now the uiid of a device that the operator added was never guessed.
INSERT INTO deviceSetting SELECT id, 1, 0, 1, 1, 0, 0, 0, 1, '{}' FROM device WHERE addedUnder IS NULL;

-- The app ids that the operator has associated with a device. No reference to them: one may go, the fact stays.
CREATE TABLE deviceApplication (
    deviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    appID TEXT NOT NULL CHECK (length(appID) BETWEEN 1 AND 128),
    PRIMARY KEY (deviceID, appID)
) STRICT, WITHOUT ROWID;
