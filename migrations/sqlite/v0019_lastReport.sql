-- The last report by HTTPS of a sensor that keeps no socket. Absent: there was none.
ALTER TABLE deviceState ADD COLUMN reportSequence TEXT
    CHECK (length(reportSequence) BETWEEN 1 AND 20 AND reportSequence NOT GLOB '*[^0-9]*');
ALTER TABLE deviceState ADD COLUMN reportedAt INTEGER CHECK ((reportedAt IS NULL) = (reportSequence IS NULL));
