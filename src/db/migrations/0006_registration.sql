CREATE TABLE "conflict_audit_rows" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"audit_id" uuid NOT NULL,
	"account" text NOT NULL,
	"territory" text NOT NULL,
	"sides" text NOT NULL,
	"registrations" jsonb NOT NULL,
	"deals" jsonb NOT NULL,
	"by_name" boolean NOT NULL,
	"ruling" text,
	"task_id" uuid,
	CONSTRAINT "conflict_audit_rows_once" UNIQUE("audit_id","account")
);
--> statement-breakpoint
ALTER TABLE "conflict_audit_rows" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "conflict_audits" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"period" text,
	"is_first" boolean DEFAULT false NOT NULL,
	"by" text NOT NULL,
	"policy_version" text NOT NULL,
	"rows" integer DEFAULT 0 NOT NULL,
	"open" integer DEFAULT 0 NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conflict_audits_period" UNIQUE("period")
);
--> statement-breakpoint
ALTER TABLE "conflict_audits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "crm_tasks" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"custom" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"touched" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"purpose" text DEFAULT 'notice' NOT NULL,
	"connection" text NOT NULL,
	"occasion" text DEFAULT uuidv7()::text NOT NULL,
	"task_id" uuid,
	"subject" text,
	"body" text,
	"due_at" timestamp (3) with time zone,
	"due_on" date,
	"owner_id" uuid,
	"status" text,
	"deal_id" uuid,
	"account_id" uuid,
	"registration_id" uuid,
	"decision" text,
	"reason" text,
	"changed_by_id" uuid,
	"question" text,
	CONSTRAINT "crm_tasks_once" UNIQUE("connection","occasion")
);
--> statement-breakpoint
ALTER TABLE "crm_tasks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "delegations" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"address" text NOT NULL,
	"to_address" text NOT NULL,
	"from_at" timestamp (3) with time zone NOT NULL,
	"until_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "delegations_not_to_oneself" CHECK (lower("delegations"."address") <> lower("delegations"."to_address"))
);
--> statement-breakpoint
ALTER TABLE "delegations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "direct_reviews" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"deal_id" uuid NOT NULL,
	"registration_id" uuid NOT NULL,
	"connection" text NOT NULL,
	"round" integer DEFAULT 1 NOT NULL,
	"state" text DEFAULT 'found' NOT NULL,
	"matched_on" jsonb NOT NULL,
	"score" integer NOT NULL,
	"held_stage" text,
	"held_at" timestamp (3) with time zone,
	"set_backs" integer DEFAULT 0 NOT NULL,
	"let_go" boolean DEFAULT false NOT NULL,
	"assignee" text,
	"decide_by" timestamp (3) with time zone,
	"remind_at" timestamp (3) with time zone,
	"escalate_at" timestamp (3) with time zone,
	"conclude_at" timestamp (3) with time zone,
	"ended_by" text,
	"ruled_by" text,
	"rule" text,
	"policy_version" text,
	"wake_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "direct_reviews" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "imported_registrations" (
	"reference" text PRIMARY KEY NOT NULL,
	"registration_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"line" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "imported_registrations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"by" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"undone_at" timestamp (3) with time zone,
	"undone_by" text
);
--> statement-breakpoint
ALTER TABLE "imports" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "account_overlaps" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"source" text NOT NULL,
	"key" text NOT NULL,
	"partner_id" uuid NOT NULL,
	"relation" text NOT NULL,
	"name" text,
	"name_key" text,
	"letters" text,
	"domain" text,
	"country" text,
	"account_id" uuid,
	"as_of" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_overlaps_once" UNIQUE("source","key")
);
--> statement-breakpoint
ALTER TABLE "account_overlaps" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "conflict_facts" (
	"conflict_id" uuid PRIMARY KEY NOT NULL,
	"ours" jsonb NOT NULL,
	"theirs" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "conflict_facts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "named_accounts" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"source" text NOT NULL,
	"key" text NOT NULL,
	"name" text,
	"name_key" text,
	"letters" text,
	"domain" text,
	"country" text,
	"account_id" uuid,
	"owner_email" text,
	"territory" text,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "named_accounts_once" UNIQUE("source","key")
);
--> statement-breakpoint
ALTER TABLE "named_accounts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "named_lists" (
	"source" text PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"list" text NOT NULL,
	"next_at" timestamp (3) with time zone NOT NULL,
	"read_at" timestamp (3) with time zone,
	"code" text,
	"unknown" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "named_lists" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notice_circuits" (
	"route" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"open_until" timestamp (3) with time zone NOT NULL,
	"code" text NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notice_circuits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notice_preferences" (
	"recipient" text PRIMARY KEY NOT NULL,
	"language" text,
	"time_zone" text,
	"hour" integer DEFAULT 8 NOT NULL,
	"weekday" integer DEFAULT 1 NOT NULL,
	"choices" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notice_preferences" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "attachments" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"registration_id" uuid NOT NULL,
	"partner_id" uuid,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "once_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"partner_id" uuid NOT NULL,
	"result_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "once_tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "proposed_changes" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"registration_id" uuid NOT NULL,
	"partner_id" uuid,
	"round" integer NOT NULL,
	"fields" jsonb NOT NULL,
	"actor" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "proposed_changes_once" UNIQUE("registration_id","round")
);
--> statement-breakpoint
ALTER TABLE "proposed_changes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "judgements" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"registration_id" uuid NOT NULL,
	"round" integer NOT NULL,
	"policy_version" text NOT NULL,
	"ruling" text NOT NULL,
	"rule" text NOT NULL,
	"covered" boolean NOT NULL,
	"today" date NOT NULL,
	"claim" jsonb NOT NULL,
	"findings" jsonb NOT NULL,
	"split" jsonb,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "judgements" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "signed_links" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"purpose" text NOT NULL,
	"hash" text NOT NULL,
	"address" text NOT NULL,
	"task_id" uuid,
	"partner_id" uuid,
	"registration_id" uuid,
	"contact_id" uuid,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "signed_links_hash" UNIQUE("hash")
);
--> statement-breakpoint
ALTER TABLE "signed_links" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "exchanges" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"registration_id" uuid NOT NULL,
	"partner_id" uuid,
	"round" integer NOT NULL,
	"question" text,
	"asked_by" text NOT NULL,
	"asked_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"answer" text,
	"answered_by" text,
	"answered_door" text,
	"answered_at" timestamp (3) with time zone,
	CONSTRAINT "exchanges_once" UNIQUE("registration_id","round")
);
--> statement-breakpoint
ALTER TABLE "exchanges" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "extensions" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"registration_id" uuid NOT NULL,
	"partner_id" uuid,
	"state" text DEFAULT 'wished' NOT NULL,
	"round" integer NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"reason" text,
	"asked_by" text NOT NULL,
	"asked_door" text NOT NULL,
	"asked_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	"was" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "extensions_once" UNIQUE("registration_id","round")
);
--> statement-breakpoint
ALTER TABLE "extensions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "changes" DROP CONSTRAINT "changes_once";--> statement-breakpoint
DROP INDEX "accounts_beginning";--> statement-breakpoint
DROP INDEX "partners_beginning";--> statement-breakpoint
DROP INDEX "registrations_open";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "letters" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "named" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "territory" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "email" text;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "rule" text;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "tell_by" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "told_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "other_told_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "under_review" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "registered_price" numeric(20, 4);--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "discount_reference" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "extension_requested" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "registration_note" text;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "letters" text;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "audience" text DEFAULT 'partner' NOT NULL;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "route" text DEFAULT 'email' NOT NULL;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "rhythm" text;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "bundle" uuid;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "reference" text;--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "planned_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "parties" ADD COLUMN "share" numeric(20, 4);--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "letters" text;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "region" text;--> statement-breakpoint
ALTER TABLE "policy_versions" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "letters" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "country" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "deal_type" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "claimed_keys" jsonb;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "withdrawn_by" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "conclude_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "expiry_reminders" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "clock" jsonb;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "info_remind_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "info_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "revoked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "revoked_by" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "revoked_reason" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "previous_id" uuid;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "confirm_task_id" uuid;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "offboard_asked" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "late_win" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "decided_door" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "manager_id" uuid;--> statement-breakpoint
ALTER TABLE "conflict_audit_rows" ADD CONSTRAINT "conflict_audit_rows_audit_id_conflict_audits_id_fk" FOREIGN KEY ("audit_id") REFERENCES "public"."conflict_audits"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflict_audit_rows" ADD CONSTRAINT "conflict_audit_rows_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_deal_id_deals_id_fk" FOREIGN KEY ("deal_id") REFERENCES "public"."deals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_changed_by_id_users_id_fk" FOREIGN KEY ("changed_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imported_registrations" ADD CONSTRAINT "imported_registrations_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imported_registrations" ADD CONSTRAINT "imported_registrations_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_overlaps" ADD CONSTRAINT "account_overlaps_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_overlaps" ADD CONSTRAINT "account_overlaps_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflict_facts" ADD CONSTRAINT "conflict_facts_conflict_id_conflicts_id_fk" FOREIGN KEY ("conflict_id") REFERENCES "public"."conflicts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "named_accounts" ADD CONSTRAINT "named_accounts_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "once_tokens" ADD CONSTRAINT "once_tokens_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposed_changes" ADD CONSTRAINT "proposed_changes_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposed_changes" ADD CONSTRAINT "proposed_changes_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "judgements" ADD CONSTRAINT "judgements_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exchanges" ADD CONSTRAINT "exchanges_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conflict_audit_rows_account" ON "conflict_audit_rows" USING btree ("account");--> statement-breakpoint
CREATE INDEX "crm_tasks_task" ON "crm_tasks" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "crm_tasks_deal" ON "crm_tasks" USING btree ("deal_id");--> statement-breakpoint
CREATE INDEX "crm_tasks_outcome" ON "crm_tasks" USING btree ("connection") WHERE "crm_tasks"."decision" is not null or "crm_tasks"."status" = 'done';--> statement-breakpoint
CREATE INDEX "delegations_of" ON "delegations" USING btree (lower("address")) WHERE "delegations"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "direct_reviews_once" ON "direct_reviews" USING btree ("deal_id","registration_id");--> statement-breakpoint
CREATE UNIQUE INDEX "direct_reviews_one" ON "direct_reviews" USING btree ("deal_id") WHERE "direct_reviews"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "direct_reviews_registration" ON "direct_reviews" USING btree ("registration_id");--> statement-breakpoint
CREATE INDEX "direct_reviews_open" ON "direct_reviews" USING btree ("wake_at") WHERE "direct_reviews"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "imported_registrations_import" ON "imported_registrations" USING btree ("import_id");--> statement-breakpoint
CREATE INDEX "imported_registrations_registration" ON "imported_registrations" USING btree ("registration_id");--> statement-breakpoint
CREATE INDEX "account_overlaps_partner" ON "account_overlaps" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "account_overlaps_account" ON "account_overlaps" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "account_overlaps_domain" ON "account_overlaps" USING btree ("domain");--> statement-breakpoint
CREATE INDEX "account_overlaps_label" ON "account_overlaps" USING btree (split_part("domain", '.', 1));--> statement-breakpoint
CREATE INDEX "account_overlaps_name" ON "account_overlaps" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "account_overlaps_letters" ON "account_overlaps" USING btree ("letters");--> statement-breakpoint
CREATE INDEX "named_accounts_account" ON "named_accounts" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "named_accounts_domain" ON "named_accounts" USING btree ("domain");--> statement-breakpoint
CREATE INDEX "named_accounts_label" ON "named_accounts" USING btree (split_part("domain", '.', 1));--> statement-breakpoint
CREATE INDEX "named_accounts_name" ON "named_accounts" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "named_accounts_letters" ON "named_accounts" USING btree ("letters");--> statement-breakpoint
CREATE INDEX "attachments_registration" ON "attachments" USING btree ("registration_id");--> statement-breakpoint
CREATE INDEX "once_tokens_age" ON "once_tokens" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "proposed_changes_open" ON "proposed_changes" USING btree ("registration_id") WHERE "proposed_changes"."state" = 'open';--> statement-breakpoint
CREATE INDEX "judgements_registration" ON "judgements" USING btree ("registration_id");--> statement-breakpoint
CREATE INDEX "judgements_at" ON "judgements" USING btree ("at");--> statement-breakpoint
CREATE INDEX "signed_links_task" ON "signed_links" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "signed_links_partner" ON "signed_links" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "extensions_standing" ON "extensions" USING btree ("registration_id") WHERE "extensions"."settled_at" is null;--> statement-breakpoint
CREATE INDEX "accounts_letters" ON "accounts" USING btree ("letters");--> statement-breakpoint
CREATE INDEX "deals_extension_requested" ON "deals" USING btree ("id") WHERE extension_requested = 'true';--> statement-breakpoint
CREATE INDEX "leads_name" ON "leads" USING btree ("name_key");--> statement-breakpoint
CREATE INDEX "leads_letters" ON "leads" USING btree ("letters");--> statement-breakpoint
CREATE INDEX "leads_label" ON "leads" USING btree (split_part("domain", '.', 1));--> statement-breakpoint
CREATE INDEX "notices_subject" ON "notices" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "partners_letters" ON "partners" USING btree ("letters");--> statement-breakpoint
CREATE INDEX "registrations_letters" ON "registrations" USING btree ("letters");--> statement-breakpoint
CREATE INDEX "registrations_label" ON "registrations" USING btree (split_part("domain", '.', 1));--> statement-breakpoint
CREATE INDEX "registrations_account" ON "registrations" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "changes_parked_record" ON "changes" USING btree ("external_id","connection","object") WHERE "changes"."status" = 'parked';--> statement-breakpoint
CREATE INDEX "links_merged" ON "links" USING btree ("merged_into") WHERE "links"."merged_into" is not null;--> statement-breakpoint
CREATE INDEX "writes_unclear" ON "writes" USING btree ("connection","object","not_before","link_id") WHERE "writes"."status" = 'unclear';--> statement-breakpoint
CREATE INDEX "writes_split" ON "writes" USING btree ("connection","object","not_before") WHERE "writes"."status" = 'planned' and "writes"."split" > 0;--> statement-breakpoint
CREATE INDEX "registrations_open" ON "registrations" USING btree ("wake_at") WHERE "registrations"."state" in ('submitted', 'screening', 'in-review', 'info-requested', 'approved');--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_once" UNIQUE("external_id","connection","object","version","body_hash");--> statement-breakpoint
CREATE POLICY "notices_partner" ON "notices" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("notices"."audience" = 'partner' and "notices"."template" not like 'task.%' and exists (select from registrations r where r.id = "notices"."subject_id"));--> statement-breakpoint
CREATE POLICY "conflict_audit_rows_app" ON "conflict_audit_rows" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "conflict_audits_app" ON "conflict_audits" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "crm_tasks_app" ON "crm_tasks" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "delegations_app" ON "delegations" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "direct_reviews_app" ON "direct_reviews" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "imported_registrations_app" ON "imported_registrations" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "imports_app" ON "imports" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "account_overlaps_app" ON "account_overlaps" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "conflict_facts_app" ON "conflict_facts" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "named_accounts_app" ON "named_accounts" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "named_lists_app" ON "named_lists" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "notice_circuits_app" ON "notice_circuits" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "notice_preferences_app" ON "notice_preferences" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "attachments_app" ON "attachments" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "attachments_partner" ON "attachments" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("attachments"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "once_tokens_app" ON "once_tokens" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "proposed_changes_app" ON "proposed_changes" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "proposed_changes_partner" ON "proposed_changes" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("proposed_changes"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "judgements_app" ON "judgements" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "signed_links_app" ON "signed_links" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "exchanges_app" ON "exchanges" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "exchanges_partner" ON "exchanges" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("exchanges".partner_id = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "extensions_app" ON "extensions" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "extensions_partner" ON "extensions" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("extensions".partner_id = nullif(current_setting('causeway.partner_id', true), '')::uuid);