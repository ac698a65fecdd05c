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
ALTER TABLE "notices" ADD COLUMN "audience" text DEFAULT 'partner' NOT NULL;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "claimed_keys" jsonb;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "once_tokens" ADD CONSTRAINT "once_tokens_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposed_changes" ADD CONSTRAINT "proposed_changes_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "proposed_changes" ADD CONSTRAINT "proposed_changes_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attachments_registration" ON "attachments" USING btree ("registration_id");--> statement-breakpoint
CREATE INDEX "once_tokens_age" ON "once_tokens" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "proposed_changes_open" ON "proposed_changes" USING btree ("registration_id") WHERE "proposed_changes"."state" = 'open';--> statement-breakpoint
CREATE INDEX "signed_links_task" ON "signed_links" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "signed_links_partner" ON "signed_links" USING btree ("partner_id");--> statement-breakpoint
CREATE POLICY "attachments_app" ON "attachments" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "attachments_partner" ON "attachments" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("attachments"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "once_tokens_app" ON "once_tokens" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "proposed_changes_app" ON "proposed_changes" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "proposed_changes_partner" ON "proposed_changes" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING ("proposed_changes"."partner_id" = nullif(current_setting('causeway.partner_id', true), '')::uuid);--> statement-breakpoint
CREATE POLICY "signed_links_app" ON "signed_links" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);