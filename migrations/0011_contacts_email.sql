-- An address is the same in capitals: a form may send either.
DROP INDEX contacts_email;
CREATE INDEX contacts_email ON contacts (email COLLATE NOCASE) WHERE email IS NOT NULL;
