DROP INDEX "leads_domain";--> statement-breakpoint
DROP INDEX "leads_name";--> statement-breakpoint
DROP INDEX "leads_letters";--> statement-breakpoint
DROP INDEX "leads_label";--> statement-breakpoint
DROP INDEX "registrations_domain";--> statement-breakpoint
DROP INDEX "registrations_name";--> statement-breakpoint
DROP INDEX "registrations_letters";--> statement-breakpoint
DROP INDEX "registrations_label";--> statement-breakpoint
ALTER TABLE "conflict_audit_rows" ADD COLUMN "pairs" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "direct_reviews" ADD COLUMN "rep_untold" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "opened_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "extension_asked_by_id" uuid;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "decision" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "decision_reason" text;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "decided_by_id" uuid;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "decision_answer" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "decision" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "decision_reason" text;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "decided_by_id" uuid;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "decision_answer" text;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_extension_asked_by_id_users_id_fk" FOREIGN KEY ("extension_asked_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deals" ADD CONSTRAINT "deals_decided_by_id_users_id_fk" FOREIGN KEY ("decided_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registrations" ADD CONSTRAINT "registrations_decided_by_id_users_id_fk" FOREIGN KEY ("decided_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deals_decision" ON "deals" USING btree ("id") WHERE decision is not null;--> statement-breakpoint
CREATE INDEX "leads_held_domain" ON "leads" USING btree ("domain") WHERE "leads"."partner_id" is not null and "leads"."state" in ('new', 'offered', 'submitted', 'accepted', 'contacted');--> statement-breakpoint
CREATE INDEX "leads_held_name" ON "leads" USING btree ("name_key") WHERE "leads"."partner_id" is not null and "leads"."state" in ('new', 'offered', 'submitted', 'accepted', 'contacted');--> statement-breakpoint
CREATE INDEX "leads_held_letters" ON "leads" USING btree ("letters") WHERE "leads"."partner_id" is not null and "leads"."state" in ('new', 'offered', 'submitted', 'accepted', 'contacted');--> statement-breakpoint
CREATE INDEX "leads_held_label" ON "leads" USING btree (split_part("domain", '.', 1)) WHERE "leads"."partner_id" is not null and "leads"."state" in ('new', 'offered', 'submitted', 'accepted', 'contacted');--> statement-breakpoint
CREATE INDEX "registrations_live_domain" ON "registrations" USING btree ("domain") WHERE "registrations"."state" in ('submitted', 'screening', 'in-review', 'info-requested', 'approved') and "registrations"."withdrawn_at" is null;--> statement-breakpoint
CREATE INDEX "registrations_live_name" ON "registrations" USING btree ("name_key") WHERE "registrations"."state" in ('submitted', 'screening', 'in-review', 'info-requested', 'approved') and "registrations"."withdrawn_at" is null;--> statement-breakpoint
CREATE INDEX "registrations_live_letters" ON "registrations" USING btree ("letters") WHERE "registrations"."state" in ('submitted', 'screening', 'in-review', 'info-requested', 'approved') and "registrations"."withdrawn_at" is null;--> statement-breakpoint
CREATE INDEX "registrations_live_label" ON "registrations" USING btree (split_part("domain", '.', 1)) WHERE "registrations"."state" in ('submitted', 'screening', 'in-review', 'info-requested', 'approved') and "registrations"."withdrawn_at" is null;--> statement-breakpoint
CREATE INDEX "registrations_lapsed_domain" ON "registrations" USING btree ("partner_id","domain") WHERE "registrations"."state" = 'lapsed';--> statement-breakpoint
CREATE INDEX "registrations_lapsed_name" ON "registrations" USING btree ("partner_id","name_key") WHERE "registrations"."state" = 'lapsed';--> statement-breakpoint
CREATE INDEX "registrations_lapsed_letters" ON "registrations" USING btree ("partner_id","letters") WHERE "registrations"."state" = 'lapsed';--> statement-breakpoint
CREATE INDEX "registrations_lapsed_label" ON "registrations" USING btree ("partner_id",split_part("domain", '.', 1)) WHERE "registrations"."state" = 'lapsed';--> statement-breakpoint
CREATE INDEX "registrations_decision" ON "registrations" USING btree ("id") WHERE decision is not null;--> statement-breakpoint
CREATE POLICY "deals_partner" ON "deals" AS PERMISSIVE FOR SELECT TO "causeway_partner" USING (exists (select from registrations r where r.id = deals.registration_id and r.partner_id = nullif(current_setting('causeway.partner_id', true), '')::uuid));