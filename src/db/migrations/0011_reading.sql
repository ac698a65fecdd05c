ALTER TABLE "streams" ADD COLUMN "reading_since" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "audit_what" ON "audit" USING btree ("what","at") WHERE "audit"."what" <> 'write';