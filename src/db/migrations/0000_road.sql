CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text,
	"name_key" text,
	"domain" text,
	"country" text,
	"account_type" text
);
--> statement-breakpoint
ALTER TABLE "accounts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"hash" text NOT NULL,
	"label" text NOT NULL,
	"role" text NOT NULL,
	"partner_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "conflicts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"registration_id" uuid NOT NULL,
	"partner_id" uuid,
	"round" integer NOT NULL,
	"kind" text NOT NULL,
	"other_id" uuid NOT NULL,
	"score" integer NOT NULL,
	"evidence" jsonb NOT NULL,
	"blocks" text NOT NULL,
	"ruling" text,
	"detected_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ruled_at" timestamp (3) with time zone,
	CONSTRAINT "conflicts_once" UNIQUE("registration_id","round","kind","other_id")
);
--> statement-breakpoint
ALTER TABLE "conflicts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "deals" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text,
	"amount" numeric(20, 4),
	"currency" text,
	"stage" text,
	"status" text,
	"close_date" date,
	"owner_id" text,
	"account_id" uuid,
	"partner_id" uuid,
	"source" text,
	"home" text,
	"registration_id" uuid,
	"registered_by" text,
	"registered_at" timestamp (3) with time zone,
	"registration_status" text,
	"protected_until" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "deals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "events" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"subject_id" uuid NOT NULL,
	"partner_id" uuid,
	"step_key" text NOT NULL,
	"what" text NOT NULL,
	"actor" text NOT NULL,
	"rule" text,
	"policy_version" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "events_once" UNIQUE("subject_id","step_key")
);
--> statement-breakpoint
ALTER TABLE "events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notices" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"event_id" uuid NOT NULL,
	"subject_id" uuid NOT NULL,
	"template" text NOT NULL,
	"channel" text NOT NULL,
	"recipient" text NOT NULL,
	"status" text DEFAULT 'planned' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"code" text,
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "notices_once" UNIQUE("event_id","channel","recipient")
);
--> statement-breakpoint
ALTER TABLE "notices" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "parties" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deal_id" uuid,
	"account_id" uuid,
	"partner_id" uuid,
	"role" text,
	CONSTRAINT "parties_once" UNIQUE NULLS NOT DISTINCT("deal_id","role")
);
--> statement-breakpoint
ALTER TABLE "parties" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "partners" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text,
	"email" text,
	"tier" text,
	"group" text,
	"domain" text,
	"manager_email" text,
	"manager_name" text,
	"partner_type" text,
	"state" text DEFAULT 'onboarding' NOT NULL
);
--> statement-breakpoint
ALTER TABLE "partners" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "policy_versions" (
	"version" text PRIMARY KEY NOT NULL,
	"document" jsonb NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "policy_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "registrations" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"partner_id" uuid,
	"portal" text DEFAULT 'api' NOT NULL,
	"submitted_by" text,
	"on_behalf_by" text,
	"submitted_at" timestamp (3) with time zone,
	"company" text,
	"name_key" text,
	"domain" text,
	"contact_name" text,
	"contact_email" text,
	"amount" numeric(20, 4),
	"currency" text,
	"close_date" date,
	"products" text,
	"state" text DEFAULT 'submitted' NOT NULL,
	"reason" text,
	"crm_reference" text,
	"pipeline_stage" text,
	"home" text,
	"deal_id" uuid,
	"account_id" uuid,
	"withdrawn_at" timestamp (3) with time zone,
	"round" integer DEFAULT 0 NOT NULL,
	"screen_by" timestamp (3) with time zone,
	"decide_by" timestamp (3) with time zone,
	"remind_at" timestamp (3) with time zone,
	"escalate_at" timestamp (3) with time zone,
	"protected_from" timestamp (3) with time zone,
	"protected_until" timestamp (3) with time zone,
	"expiry_remind_at" timestamp (3) with time zone,
	"wake_at" timestamp (3) with time zone,
	"policy_version" text
);
--> statement-breakpoint
ALTER TABLE "registrations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"why" jsonb NOT NULL,
	"assignee" text,
	"due_at" timestamp (3) with time zone NOT NULL,
	"escalated_to" text,
	"decision" text,
	"reason" text,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tasks_once" UNIQUE("kind","subject_id","round")
);
--> statement-breakpoint
ALTER TABLE "tasks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "aliases" (
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text NOT NULL,
	"link_id" uuid NOT NULL,
	CONSTRAINT "aliases_connection_object_external_id_pk" PRIMARY KEY("connection","object","external_id")
);
--> statement-breakpoint
ALTER TABLE "aliases" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "budgets" (
	"connection" text NOT NULL,
	"bucket" text NOT NULL,
	"tat" double precision DEFAULT 0 NOT NULL,
	"paused_until" timestamp (3) with time zone,
	"day" text,
	"used_today" integer DEFAULT 0 NOT NULL,
	"daily_limit" integer,
	CONSTRAINT "budgets_connection_bucket_pk" PRIMARY KEY("connection","bucket")
);
--> statement-breakpoint
ALTER TABLE "budgets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text NOT NULL,
	"version" text NOT NULL,
	"body_hash" text NOT NULL,
	"body" jsonb NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"code" text,
	"detail" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"settled_at" timestamp (3) with time zone,
	"record_id" uuid,
	CONSTRAINT "changes_once" UNIQUE("connection","object","external_id","version","body_hash")
);
--> statement-breakpoint
ALTER TABLE "changes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "hints" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text NOT NULL,
	"body" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "hints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "identities" (
	"kind" text NOT NULL,
	"key_type" text NOT NULL,
	"value" text NOT NULL,
	"record_id" uuid NOT NULL,
	CONSTRAINT "identities_kind_key_type_value_pk" PRIMARY KEY("kind","key_type","value")
);
--> statement-breakpoint
ALTER TABLE "identities" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "links" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"kind" text NOT NULL,
	"record_id" uuid NOT NULL,
	"external_id" text,
	"gone" boolean DEFAULT false NOT NULL,
	"merged_into" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "links_record" UNIQUE("connection","object","record_id")
);
--> statement-breakpoint
ALTER TABLE "links" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "nudges" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workflow_id" text NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "nudges" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "settings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "shadows" (
	"link_id" uuid PRIMARY KEY NOT NULL,
	"fields" jsonb NOT NULL,
	"answers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" text NOT NULL,
	"modified_at" timestamp (3) with time zone,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "shadows" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "streams" (
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"cursor" text,
	"covered_through" timestamp (3) with time zone,
	"wanted_through" timestamp (3) with time zone,
	"failing_since" timestamp (3) with time zone,
	"code" text,
	"detail" jsonb,
	"read_at" timestamp (3) with time zone,
	"next_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "streams_connection_object_pk" PRIMARY KEY("connection","object")
);
--> statement-breakpoint
ALTER TABLE "streams" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "tokens" (
	"connection" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "writes" (
	"link_id" uuid PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"status" text DEFAULT 'planned' NOT NULL,
	"desired" integer NOT NULL,
	"sent" integer,
	"sent_fields" jsonb,
	"attempt" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"split" integer DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"not_before" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"code" text,
	"detail" jsonb,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "writes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflicts" ADD CONSTRAINT "conflicts_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_deal_id_deals_id_fk" FOREIGN KEY ("deal_id") REFERENCES "public"."deals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parties" ADD CONSTRAINT "parties_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registrations" ADD CONSTRAINT "registrations_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aliases" ADD CONSTRAINT "aliases_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shadows" ADD CONSTRAINT "shadows_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "writes" ADD CONSTRAINT "writes_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_domain" ON "accounts" USING btree ("domain");--> statement-breakpoint
CREATE INDEX "accounts_name" ON "accounts" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "conflicts_other" ON "conflicts" USING btree ("other_id");--> statement-breakpoint
CREATE INDEX "deals_account" ON "deals" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "deals_registration" ON "deals" USING btree ("registration_id");--> statement-breakpoint
CREATE INDEX "notices_due" ON "notices" USING btree ("not_before") WHERE "notices"."status" in ('planned', 'sending');--> statement-breakpoint
CREATE INDEX "registrations_open" ON "registrations" USING btree ("wake_at") WHERE "registrations"."state" in ('submitted', 'screening', 'in-review', 'approved');--> statement-breakpoint
CREATE INDEX "registrations_domain" ON "registrations" USING btree ("domain");--> statement-breakpoint
CREATE INDEX "registrations_email" ON "registrations" USING btree (lower("contact_email"));--> statement-breakpoint
CREATE INDEX "registrations_name" ON "registrations" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "registrations_partner" ON "registrations" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "registrations_deal" ON "registrations" USING btree ("deal_id");--> statement-breakpoint
CREATE INDEX "tasks_open" ON "tasks" USING btree ("due_at") WHERE "tasks"."state" = 'open';--> statement-breakpoint
CREATE INDEX "changes_pending" ON "changes" USING btree ("connection","object","id") WHERE "changes"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "changes_parked" ON "changes" USING btree ("code","id") WHERE "changes"."status" = 'parked';--> statement-breakpoint
CREATE INDEX "hints_unread" ON "hints" USING btree ("connection","object","id") WHERE "hints"."read_at" is null;--> statement-breakpoint
CREATE INDEX "identities_record" ON "identities" USING btree ("record_id");--> statement-breakpoint
CREATE UNIQUE INDEX "links_external" ON "links" USING btree ("connection","object","external_id");--> statement-breakpoint
CREATE INDEX "links_by_record" ON "links" USING btree ("record_id");--> statement-breakpoint
CREATE INDEX "nudges_due" ON "nudges" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "writes_due" ON "writes" USING btree ("connection","object","not_before") WHERE "writes"."status" in ('planned', 'sending', 'unclear');--> statement-breakpoint
CREATE INDEX "writes_parked" ON "writes" USING btree ("code") WHERE "writes"."status" = 'parked';--> statement-breakpoint
CREATE POLICY "accounts_app" ON "accounts" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "api_keys_app" ON "api_keys" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "conflicts_app" ON "conflicts" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "deals_app" ON "deals" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "events_app" ON "events" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "events_partner" ON "events" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("events"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "notices_app" ON "notices" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "parties_app" ON "parties" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "partners_app" ON "partners" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "partners_partner" ON "partners" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("partners"."id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "policy_versions_app" ON "policy_versions" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "registrations_app" ON "registrations" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "registrations_partner" ON "registrations" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("registrations"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "tasks_app" ON "tasks" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "aliases_app" ON "aliases" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "budgets_app" ON "budgets" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "changes_app" ON "changes" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "hints_app" ON "hints" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "identities_app" ON "identities" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "links_app" ON "links" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "nudges_app" ON "nudges" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "settings_app" ON "settings" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "shadows_app" ON "shadows" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "streams_app" ON "streams" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tokens_app" ON "tokens" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "writes_app" ON "writes" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);