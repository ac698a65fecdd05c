-- The product works as causeway_app, which owns nothing; a partner's request works as causeway_partner, which sees three tables
-- through row-level security and can change none. Events may be added and read, never altered: append-only by grant.
GRANT USAGE ON SCHEMA public TO causeway_app, causeway_partner;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO causeway_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO causeway_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON events FROM causeway_app;
--> statement-breakpoint
GRANT SELECT ON registrations, partners, events TO causeway_partner;
