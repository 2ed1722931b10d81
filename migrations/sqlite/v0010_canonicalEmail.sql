-- One spelling for each address: `canonicalEmail` is a function of the server (lower case, Unicode's form C).
-- Where two accounts have spellings of one address, that with the canonical spelling keeps it, and the other stays as it is:
-- its owner is found by the apikey, and the operator decides.
UPDATE OR IGNORE account SET email = canonicalEmail(email) WHERE email <> canonicalEmail(email);
