-- Whose a deleted device was: of each account so many are remembered. No reference, as the account may be gone. Absent in
-- rows from before, which go by their age.
ALTER TABLE deletedDevice ADD COLUMN ownerID TEXT
    CHECK (length(ownerID) = 24 AND ownerID NOT GLOB '*[^0-9a-f]*');

CREATE INDEX deletedDeviceByOwner ON deletedDevice (ownerID, deletedAt);
CREATE INDEX deletedDeviceByDeletedAt ON deletedDevice (deletedAt);
