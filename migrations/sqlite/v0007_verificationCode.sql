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

-- Each code that was asked for, for the limits.
CREATE TABLE verificationSending (
    destination TEXT NOT NULL,
    -- Of the peer that asked.
    address TEXT NOT NULL,
    sentAt INTEGER NOT NULL
) STRICT;

CREATE INDEX verificationSendingByDestination ON verificationSending (destination, sentAt);
CREATE INDEX verificationSendingByAddress ON verificationSending (address, sentAt);
CREATE INDEX verificationSendingByTime ON verificationSending (sentAt);
