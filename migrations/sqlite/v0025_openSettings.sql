-- What apps keep in a device's settings beside the seven that have columns: switches and thresholds by name. A JSON object,
-- compact.
ALTER TABLE deviceSetting ADD COLUMN others TEXT NOT NULL DEFAULT '{}'
    CHECK (length(others) <= 8192 AND substr(others, 1, 1) = '{' AND json_valid(others));
