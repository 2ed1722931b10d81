-- The schema after v0030_deletedDeviceOwner. Written by a test, for reading: see README.md.
-- Left out is `grdb_migrations`, the list of names that the database library keeps for itself.

CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    apiKey TEXT NOT NULL UNIQUE CHECK (length(apiKey) BETWEEN 1 AND 127),
    -- One of the two; an e-mail address may begin with '+', so the column tells the kind.
    email TEXT COLLATE NOCASE UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    phone TEXT UNIQUE CHECK (phone GLOB '+[0-9]*' AND length(phone) BETWEEN 5 AND 16),
    nickname TEXT NOT NULL,
    region TEXT NOT NULL CHECK (region IN ('cn', 'as', 'eu', 'us')),
    language TEXT NOT NULL CHECK (language IN ('en', 'cn')),
    passwordHash TEXT NOT NULL CHECK (passwordHash <> ''),
    createdAt INTEGER NOT NULL,
    -- The last log-in, absent before the first. No reference: an application may go, the fact stays.
    lastLoginAppID TEXT,
    lastLoginAt INTEGER,
    lastLoginAddress TEXT,
    lastLoginOS TEXT,
    lastLoginAppVersion TEXT, countryCode TEXT
    CHECK (length(countryCode) BETWEEN 2 AND 5 AND countryCode GLOB '+[1-9]*'
        AND substr(countryCode, 2) NOT GLOB '*[^0-9]*'), timeZone TEXT CHECK (length(timeZone) BETWEEN 1 AND 64), timeZoneOffset INTEGER
    CHECK (timeZoneOffset BETWEEN -840 AND 840 AND (timeZoneOffset IS NULL) = (timeZone IS NULL)), languageTag TEXT CHECK (length(languageTag) BETWEEN 1 AND 35), acceptsAdvertising INTEGER CHECK (acceptsAdvertising IN (0, 1)), wasConsulted INTEGER NOT NULL DEFAULT 0 CHECK (wasConsulted IN (0, 1)), subscribedEmail TEXT CHECK (length(subscribedEmail) BETWEEN 3 AND 254),
    CHECK ((email IS NULL) <> (phone IS NULL)),
    CHECK ((lastLoginAppID IS NULL) = (lastLoginAt IS NULL)),
    CHECK ((lastLoginAppID IS NULL) = (lastLoginAddress IS NULL))
) STRICT;

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

CREATE TABLE applicationRedirect (
    appID TEXT NOT NULL REFERENCES clientApplication (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 512),
    PRIMARY KEY (appID, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE authorizationCode (
    -- SHA-256 of the code; the code itself is never stored.
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    appID TEXT NOT NULL REFERENCES clientApplication (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    redirectURL TEXT NOT NULL CHECK (redirectURL <> ''),
    createdAt INTEGER NOT NULL,
    -- That of the tokens it was traded for; absent until then. A code that comes back ends them.
    family TEXT CHECK (length(family) = 24 AND family NOT GLOB '*[^0-9a-f]*')
) STRICT;

CREATE INDEX authorizationCodeByAccount ON authorizationCode (accountID, createdAt);

CREATE INDEX authorizationCodeByApplication ON authorizationCode (appID);

CREATE INDEX authorizationCodeByTime ON authorizationCode (createdAt);

CREATE TABLE clientApplication (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 128),
    -- Readable, as a signature cannot be checked otherwise.
    secret TEXT NOT NULL CHECK (secret <> ''),
    name TEXT NOT NULL,
    createdAt INTEGER NOT NULL
, refusesReplays INTEGER NOT NULL DEFAULT 0 CHECK (refusesReplays IN (0, 1)), clockSkewLimit INTEGER CHECK (clockSkewLimit BETWEEN 0 AND 86400000)) STRICT;

CREATE TABLE deletedDevice (
    deviceID TEXT NOT NULL PRIMARY KEY CHECK (length(deviceID) BETWEEN 1 AND 64),
    factoryKey TEXT NOT NULL CHECK (length(factoryKey) BETWEEN 1 AND 127),
    timesTold INTEGER NOT NULL CHECK (timesTold BETWEEN 0 AND 3),
    deletedAt INTEGER NOT NULL
, ownerID TEXT
    CHECK (length(ownerID) = 24 AND ownerID NOT GLOB '*[^0-9a-f]*')) STRICT;

CREATE INDEX deletedDeviceByDeletedAt ON deletedDevice (deletedAt);

CREATE INDEX deletedDeviceByOwner ON deletedDevice (ownerID, deletedAt);

CREATE TABLE device (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    objectID TEXT NOT NULL UNIQUE CHECK (length(objectID) = 24 AND objectID NOT GLOB '*[^0-9a-f]*'),
    factoryRecordID TEXT NOT NULL
        CHECK (length(factoryRecordID) = 24 AND factoryRecordID NOT GLOB '*[^0-9a-f]*'),
    -- Not a cascade: a device goes through deletedDevice, else it would never be told.
    ownerID TEXT NOT NULL REFERENCES account (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
    name TEXT NOT NULL CHECK (length(name) <= 128),
    uiid INTEGER NOT NULL CHECK (uiid >= 0),
    model TEXT NOT NULL,
    brandName TEXT NOT NULL,
    productModel TEXT NOT NULL,
    mac TEXT NOT NULL,
    chipID TEXT NOT NULL,
    romVersion TEXT NOT NULL,
    ackByUpdate INTEGER NOT NULL CHECK (ackByUpdate IN (0, 1)),
    -- Absent: decided by romVersion.
    fullSwitchesArray INTEGER CHECK (fullSwitchesArray IN (0, 1)),
    -- Absent: added by the operator. No reference: an application may go, the fact stays.
    addedUnder TEXT,
    createdAt INTEGER NOT NULL
, factoryKey TEXT CHECK (length(factoryKey) BETWEEN 1 AND 127), keyDigest TEXT
    CHECK (length(keyDigest) = 64 AND keyDigest NOT GLOB '*[^0-9a-f]*')
    CHECK ((keyDigest IS NULL) <> (factoryKey IS NULL))) STRICT;

CREATE INDEX deviceByOwner ON device (ownerID);

CREATE TABLE deviceApplication (
    deviceID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    appID TEXT NOT NULL CHECK (length(appID) BETWEEN 1 AND 128),
    PRIMARY KEY (deviceID, appID)
) STRICT, WITHOUT ROWID;

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
, others TEXT NOT NULL DEFAULT '{}'
    CHECK (length(others) <= 8192 AND substr(others, 1, 1) = '{' AND json_valid(others))) STRICT;

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

CREATE TABLE deviceState (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- A JSON object, compact.
    params TEXT NOT NULL
        CHECK (length(params) <= 65536 AND substr(params, 1, 1) = '{' AND json_valid(params)),
    onlineTime INTEGER,
    offlineTime INTEGER,
    address TEXT NOT NULL
, reportSequence TEXT
    CHECK (length(reportSequence) BETWEEN 1 AND 20 AND reportSequence NOT GLOB '*[^0-9]*'), reportedAt INTEGER CHECK ((reportedAt IS NULL) = (reportSequence IS NULL))) STRICT;

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

CREATE TABLE firmwareImage (
    releaseKey TEXT NOT NULL REFERENCES firmwareRelease (key) ON DELETE CASCADE ON UPDATE RESTRICT,
    position INTEGER NOT NULL CHECK (position IN (0, 1)),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32 AND name NOT GLOB '*[^-._0-9A-Za-z]*'),
    -- SHA-256 of the image in hex, which is also the name of its file.
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    byteCount INTEGER NOT NULL CHECK (byteCount > 0),
    PRIMARY KEY (releaseKey, position),
    UNIQUE (releaseKey, name)
) STRICT;

CREATE TABLE firmwareRelease (
    -- Part of the address of the download, which nobody can guess.
    key TEXT NOT NULL PRIMARY KEY CHECK (length(key) = 24 AND key NOT GLOB '*[^0-9A-Za-z]*'),
    model TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 64),
    version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 32),
    createdAt INTEGER NOT NULL,
    UNIQUE (model, version)
) STRICT;

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

CREATE TABLE outboxMessage (
    id INTEGER NOT NULL PRIMARY KEY,
    destination TEXT NOT NULL CHECK (destination <> ''),
    purpose INTEGER NOT NULL CHECK (purpose IN (0, 1, 3, 4)),
    code TEXT NOT NULL,
    text TEXT NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX outboxMessageByTime ON outboxMessage (createdAt);

CREATE TABLE pendingUpgrade (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    releaseKey TEXT NOT NULL REFERENCES firmwareRelease (key) ON DELETE CASCADE ON UPDATE RESTRICT,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX pendingUpgradeByRelease ON pendingUpgrade (releaseKey);

CREATE TABLE room (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 24 AND id NOT GLOB '*[^0-9a-f]*'),
    homeID TEXT NOT NULL REFERENCES home (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    position INTEGER NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT;

CREATE INDEX roomByHome ON room (homeID, position);

CREATE TABLE schemaMigration (
    name TEXT NOT NULL PRIMARY KEY CHECK (name GLOB 'v[0-9][0-9][0-9][0-9]_?*'),
    -- SHA-256 of the file as it was applied.
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    -- Milliseconds since 1970, as every time in this schema.
    appliedAt INTEGER NOT NULL
) STRICT;

CREATE TABLE subDevice (
    deviceID TEXT NOT NULL PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    parentID TEXT NOT NULL REFERENCES device (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    CHECK (deviceID <> parentID)
) STRICT;

CREATE INDEX subDeviceByParent ON subDevice (parentID);

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

CREATE INDEX thingPlaceByAccount ON thingPlace (accountID);

CREATE UNIQUE INDEX thingPlaceByDevice ON thingPlace (deviceID, accountID);

CREATE UNIQUE INDEX thingPlaceByGroup ON thingPlace (groupID);

CREATE UNIQUE INDEX thingPlaceByHome ON thingPlace (homeID, position);

CREATE INDEX thingPlaceByRoom ON thingPlace (roomID);

CREATE TABLE tokenPair (
    -- SHA-256 of the tokens; the tokens themselves are never stored.
    refreshHash BLOB NOT NULL PRIMARY KEY CHECK (length(refreshHash) = 32),
    accessHash BLOB NOT NULL UNIQUE CHECK (length(accessHash) = 32),
    accountID TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    appID TEXT NOT NULL REFERENCES clientApplication (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    -- Shared by all pairs that came out of one log-in by refreshing.
    family TEXT NOT NULL CHECK (length(family) = 24 AND family NOT GLOB '*[^0-9a-f]*'),
    issuedAt INTEGER NOT NULL,
    accessExpiresAt INTEGER NOT NULL CHECK (accessExpiresAt >= issuedAt),
    refreshExpiresAt INTEGER NOT NULL CHECK (refreshExpiresAt >= issuedAt),
    -- Set when a refresh replaced the pair; a replaced pair stays, so that its reuse is noticed.
    replacedAt INTEGER
, clientAddress TEXT, clientOS TEXT, clientModel TEXT, clientAppVersion TEXT) STRICT;

CREATE UNIQUE INDEX tokenPairAliveByFamily ON tokenPair (family) WHERE replacedAt IS NULL;

CREATE INDEX tokenPairByAccount ON tokenPair (accountID, appID);

CREATE INDEX tokenPairByApplication ON tokenPair (appID);

CREATE INDEX tokenPairByFamily ON tokenPair (family);

CREATE INDEX tokenPairByRefreshExpiry ON tokenPair (refreshExpiresAt);

CREATE TABLE verificationCode (
    -- An e-mail address or a phone number; no reference, as there may be no account yet.
    destination TEXT NOT NULL CHECK (destination <> ''),
    -- The sendType of the protocol.
    purpose INTEGER NOT NULL CHECK (purpose IN (0, 1, 3, 4)),
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    createdAt INTEGER NOT NULL,
    -- Wrong ones so far.
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    PRIMARY KEY (destination, purpose)
) STRICT;

CREATE INDEX verificationCodeByTime ON verificationCode (createdAt);

CREATE TABLE verificationSending (
    destination TEXT NOT NULL,
    -- Of the peer that asked.
    address TEXT NOT NULL,
    sentAt INTEGER NOT NULL
) STRICT;

CREATE INDEX verificationSendingByAddress ON verificationSending (address, sentAt);

CREATE INDEX verificationSendingByDestination ON verificationSending (destination, sentAt);

CREATE INDEX verificationSendingByTime ON verificationSending (sentAt);
