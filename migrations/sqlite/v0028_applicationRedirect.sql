-- Where browsers may be sent with a code for the application: nowhere else.
CREATE TABLE applicationRedirect (
    appID TEXT NOT NULL REFERENCES clientApplication (id) ON DELETE CASCADE ON UPDATE RESTRICT,
    url TEXT NOT NULL CHECK (length(url) BETWEEN 1 AND 512),
    PRIMARY KEY (appID, url)
) STRICT, WITHOUT ROWID;
