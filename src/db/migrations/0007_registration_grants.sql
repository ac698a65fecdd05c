-- Grants of this release's tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON signed_links, crm_tasks, delegations TO causeway_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON attachments, proposed_changes, once_tokens TO causeway_app;
--> statement-breakpoint
GRANT SELECT ON attachments, proposed_changes TO causeway_partner;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON named_accounts, named_lists, account_overlaps, conflict_facts TO causeway_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON exchanges, extensions TO causeway_app;
--> statement-breakpoint
GRANT SELECT ON exchanges, extensions TO causeway_partner;
--> statement-breakpoint
-- Addresses and codes of notices are no partner's to see.
GRANT SELECT (id, event_id, subject_id, template, channel, audience, status, sent_at) ON notices TO causeway_partner;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON direct_reviews TO causeway_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON judgements TO causeway_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON notice_preferences, notice_circuits TO causeway_app;
--> statement-breakpoint
-- What a claim under way was screened by: from now on an edit of it is noticed. The same as src/process/claimed.ts computes.
UPDATE registrations SET claimed_keys = jsonb_build_object(
  'company', jsonb_build_object('hash', md5(name_key), 'since', NULL),
  'domain', jsonb_build_object('hash', md5(domain), 'since', NULL),
  'contactEmail', jsonb_build_object('hash', md5(lower(contact_email)), 'since', NULL))
WHERE state IN ('screening', 'in-review', 'approved');
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON conflict_audits, conflict_audit_rows TO causeway_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON imports, imported_registrations TO causeway_app;
