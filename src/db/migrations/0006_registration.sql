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
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_partner_id_partners_id_fk" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_registration_id_registrations_id_fk" FOREIGN KEY ("registration_id") REFERENCES "public"."registrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "signed_links" ADD CONSTRAINT "signed_links_contact_id_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."contacts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "signed_links_task" ON "signed_links" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "signed_links_partner" ON "signed_links" USING btree ("partner_id");--> statement-breakpoint
CREATE POLICY "signed_links_app" ON "signed_links" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);