CREATE TABLE "contacts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"touched" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"partner_id" uuid,
	"name" text,
	"first_name" text,
	"last_name" text,
	"email" text,
	"phone" text,
	"title" text,
	"role" text,
	"state" text,
	"successor_id" uuid,
	"left_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "contacts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "leads" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"touched" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"direction" text,
	"partner_id" uuid,
	"contact_id" uuid,
	"portal" text,
	"company" text,
	"name_key" text,
	"domain" text,
	"contact_name" text,
	"contact_email" text,
	"phone" text,
	"country" text,
	"note" text,
	"source" text,
	"amount" numeric(20, 4),
	"currency" text,
	"owner_id" uuid,
	"state" text,
	"reason" text,
	"submitted_at" timestamp (3) with time zone,
	"home" text,
	"deal_id" uuid,
	"crm_reference" text
);
--> statement-breakpoint
ALTER TABLE "leads" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"touched" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"name" text,
	"email" text,
	"state" text
);
--> statement-breakpoint
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"what" text NOT NULL,
	"actor" text NOT NULL,
	"rule" text,
	"version" text,
	"run_id" uuid,
	"connection" text,
	"object" text,
	"external_id" text,
	"link_id" uuid,
	"record_id" uuid,
	"created" boolean DEFAULT false NOT NULL,
	"fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_values" (
	"audit_id" uuid PRIMARY KEY NOT NULL,
	"record_id" uuid,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_values" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "clashes" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"link_id" uuid NOT NULL,
	"record_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"field" text NOT NULL,
	"base" text,
	"ours" text,
	"theirs" text,
	"rule" text NOT NULL,
	"winner" text NOT NULL,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "clashes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "connections" (
	"name" text PRIMARY KEY NOT NULL,
	"mode" text DEFAULT 'observe' NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"by" text,
	"subscriptions" jsonb,
	"subscribed_at" timestamp (3) with time zone,
	"listener" text,
	"listen_until" timestamp (3) with time zone,
	"listen_code" text,
	"listen_retry_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "connections" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "drifts" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text,
	"record_id" uuid,
	"kind" text NOT NULL,
	"fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"found_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"repaired_at" timestamp (3) with time zone,
	CONSTRAINT "drifts_once" UNIQUE NULLS NOT DISTINCT("run_id","object","external_id","record_id","kind")
);
--> statement-breakpoint
ALTER TABLE "drifts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "proposals" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text NOT NULL,
	"kind" text NOT NULL,
	"record_id" uuid NOT NULL,
	"candidates" jsonb NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"chosen" uuid,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "proposals_once" UNIQUE("connection","object","external_id")
);
--> statement-breakpoint
ALTER TABLE "proposals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"kind" text NOT NULL,
	"connection" text NOT NULL,
	"object" text,
	"actor" text DEFAULT 'system' NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"cursor" text,
	"done" integer DEFAULT 0 NOT NULL,
	"total" integer,
	"rate" double precision,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"code" text,
	"undoes" uuid,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"moved_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "parties" DROP CONSTRAINT "parties_once";--> statement-breakpoint
-- An owner was the id of a vendor; from now on it is a user of ours, found anew with the deal.
ALTER TABLE "deals" ALTER COLUMN "owner_id" SET DATA TYPE uuid USING NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "touched" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "owner_id" uuid;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "touched" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "manager_id" uuid;--> statement-breakpoint
ALTER TABLE "parties" ADD COLUMN "touched" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "touched" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "manager_id" uuid;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "name_key" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "touched" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "clock_ahead_ms" integer;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "contact_id" uuid;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "mapping" text;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "confirmed_by" text;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "retry_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "as_of" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "gone_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "held_fields" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "paused_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "paused_by" text;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "interval_ms" integer;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "interval_why" text;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "hinted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "silent_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "unhinted" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "untold" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "skew_ms" integer;--> statement-breakpoint
ALTER TABLE "streams" ADD COLUMN "reconcile_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "sent_over" jsonb;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "parks" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "run_id" uuid;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "restore" jsonb;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "mapping" text;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "confirmed_by" text;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "retry_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_deal_id_deals_id_fk" FOREIGN KEY ("deal_id") REFERENCES "public"."deals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clashes" ADD CONSTRAINT "clashes_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drifts" ADD CONSTRAINT "drifts_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "contacts_partner" ON "contacts" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "contacts_email" ON "contacts" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "leads_partner" ON "leads" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "leads_domain" ON "leads" USING btree ("domain");--> statement-breakpoint
CREATE INDEX "leads_email" ON "leads" USING btree (lower("contact_email"));--> statement-breakpoint
CREATE INDEX "users_email" ON "users" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "audit_run" ON "audit" USING btree ("run_id","link_id");--> statement-breakpoint
CREATE INDEX "audit_record" ON "audit" USING btree ("record_id");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "audit_values_record" ON "audit_values" USING btree ("record_id");--> statement-breakpoint
CREATE UNIQUE INDEX "clashes_open" ON "clashes" USING btree ("link_id","field") WHERE "clashes"."winner" = 'open';--> statement-breakpoint
CREATE INDEX "clashes_record" ON "clashes" USING btree ("record_id");--> statement-breakpoint
CREATE INDEX "drifts_unrepaired" ON "drifts" USING btree ("connection","object") WHERE "drifts"."confirmed_at" is not null and "drifts"."repaired_at" is null;--> statement-breakpoint
CREATE INDEX "proposals_open" ON "proposals" USING btree ("created_at") WHERE "proposals"."state" = 'open';--> statement-breakpoint
CREATE INDEX "proposals_record" ON "proposals" USING btree ("record_id");--> statement-breakpoint
CREATE INDEX "proposals_candidates" ON "proposals" USING gin ("candidates" jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("connection","object","kind") WHERE "runs"."state" in ('running', 'paused');--> statement-breakpoint
CREATE INDEX "runs_recent" ON "runs" USING btree ("started_at");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_manager_id_users_id_fk" FOREIGN KEY ("manager_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partners" ADD CONSTRAINT "partners_manager_id_users_id_fk" FOREIGN KEY ("manager_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registrations" ADD CONSTRAINT "registrations_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "writes" ADD CONSTRAINT "writes_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_beginning" ON "accounts" USING btree (left(replace(replace(replace(split_part("name_key", ' ', 1), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 6));--> statement-breakpoint
CREATE INDEX "accounts_label" ON "accounts" USING btree (split_part("domain", '.', 1));--> statement-breakpoint
CREATE INDEX "partners_domain" ON "partners" USING btree ("domain");--> statement-breakpoint
CREATE INDEX "partners_name" ON "partners" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "partners_beginning" ON "partners" USING btree (left(replace(replace(replace(split_part("name_key", ' ', 1), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 6));--> statement-breakpoint
CREATE INDEX "partners_label" ON "partners" USING btree (split_part("domain", '.', 1));--> statement-breakpoint
CREATE INDEX "changes_deleted" ON "changes" USING btree ("connection","object","settled_at") WHERE "changes"."status" = 'applied' and ("changes"."body" ->> 'deleted')::boolean;--> statement-breakpoint
CREATE INDEX "changes_retry" ON "changes" USING btree ("connection","object","retry_at") WHERE "changes"."status" = 'parked' and "changes"."retry_at" is not null;--> statement-breakpoint
CREATE INDEX "writes_run" ON "writes" USING btree ("run_id") WHERE "writes"."run_id" is not null;--> statement-breakpoint
CREATE INDEX "writes_retry" ON "writes" USING btree ("connection","retry_at") WHERE "writes"."status" = 'parked' and "writes"."retry_at" is not null;--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_once" UNIQUE NULLS NOT DISTINCT("deal_id","role","account_id","partner_id");--> statement-breakpoint
CREATE POLICY "contacts_app" ON "contacts" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "contacts_partner" ON "contacts" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("contacts"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "leads_app" ON "leads" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "leads_partner" ON "leads" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("leads"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "users_app" ON "users" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_app" ON "audit" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "audit_values_app" ON "audit_values" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "clashes_app" ON "clashes" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "connections_app" ON "connections" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "drifts_app" ON "drifts" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "proposals_app" ON "proposals" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "runs_app" ON "runs" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);