-- Grants of this release.
-- How far the deal of an own registration is, and no more of it.
GRANT SELECT (id, registration_id, stage, status) ON deals TO causeway_partner;
