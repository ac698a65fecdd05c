-- The tables that came with the sync engine. The audit may be added to and read, never altered; its values are erased on demand.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO causeway_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO causeway_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON events, audit FROM causeway_app;
--> statement-breakpoint
GRANT SELECT ON contacts, leads TO causeway_partner;
--> statement-breakpoint
-- Who was connected before there was a go-live was written to; so it stays.
INSERT INTO connections (name, mode, by) SELECT DISTINCT connection, 'live', 'migration' FROM streams;
--> statement-breakpoint
-- Partners are recognised like accounts: those that are known hold their identities. Of two with one, the older has it.
INSERT INTO identities (kind, key_type, value, record_id)
SELECT 'partner', k.key_type, k.value, p.id FROM partners p
CROSS JOIN LATERAL (VALUES ('domain', p.domain), ('email', lower(p.email))) AS k (key_type, value)
WHERE k.value IS NOT NULL AND k.value <> '' ORDER BY p.created_at, p.id
ON CONFLICT DO NOTHING;
