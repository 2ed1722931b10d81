-- What the client told at the log-in that a pair came from: each refresh hands it on. Absent: it told nothing, or the log-in
-- is older than these columns.
ALTER TABLE tokenPair ADD COLUMN clientAddress TEXT;
ALTER TABLE tokenPair ADD COLUMN clientOS TEXT;
ALTER TABLE tokenPair ADD COLUMN clientModel TEXT;
ALTER TABLE tokenPair ADD COLUMN clientAppVersion TEXT;
