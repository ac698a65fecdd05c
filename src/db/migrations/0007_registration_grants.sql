-- Grants of this release's tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON signed_links, crm_tasks TO causeway_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON attachments, proposed_changes, once_tokens TO causeway_app;
--> statement-breakpoint
GRANT SELECT ON attachments, proposed_changes TO causeway_partner;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON named_accounts, account_overlaps, conflict_facts TO causeway_app;
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
GRANT SELECT, INSERT, UPDATE, DELETE ON notice_preferences, notice_circuits TO causeway_app;
