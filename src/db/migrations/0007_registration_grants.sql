-- Grants of this release's tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON signed_links TO causeway_app;
