CREATE TABLE "mapping_versions" (
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"version" integer NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"source" text NOT NULL,
	"author" text NOT NULL,
	"note" text,
	"restores" integer,
	"mark" text,
	"rest" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp (3) with time zone,
	"published_by" text,
	"retired_at" timestamp (3) with time zone,
	CONSTRAINT "mapping_versions_connection_object_version_pk" PRIMARY KEY("connection","object","version")
);
--> statement-breakpoint
ALTER TABLE "mapping_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "schema_changes" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"kind" text NOT NULL,
	"path" text NOT NULL,
	"value" text,
	"before" jsonb,
	"after" jsonb,
	"breaks" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"found_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"mended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "schema_changes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "schema_snapshots" (
	"connection" text NOT NULL,
	"object" text NOT NULL,
	"fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"read_at" timestamp (3) with time zone,
	"next_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"code" text,
	"generation" integer,
	CONSTRAINT "schema_snapshots_connection_object_pk" PRIMARY KEY("connection","object")
);
--> statement-breakpoint
ALTER TABLE "schema_snapshots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "links" DROP CONSTRAINT "links_record";--> statement-breakpoint
DROP INDEX "links_by_record";--> statement-breakpoint
DROP INDEX "links_external";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "parties" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "partners" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "custom" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "generation" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "reauth_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "reauth_code" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "reauth_try_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "writes" ADD COLUMN "sent_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "mapping_versions_in_force" ON "mapping_versions" USING btree ("connection","object") WHERE "mapping_versions"."state" = 'published';--> statement-breakpoint
CREATE UNIQUE INDEX "mapping_versions_draft" ON "mapping_versions" USING btree ("connection","object") WHERE "mapping_versions"."state" = 'draft';--> statement-breakpoint
CREATE INDEX "schema_changes_open" ON "schema_changes" USING btree ("connection","object") WHERE "schema_changes"."mended_at" is null;--> statement-breakpoint
CREATE INDEX "links_gone" ON "links" USING btree ("connection","object") WHERE "links"."gone";--> statement-breakpoint
CREATE INDEX "writes_next" ON "writes" USING btree ("connection","object","split","not_before","link_id") WHERE "writes"."status" = 'planned';--> statement-breakpoint
CREATE INDEX "writes_waiting" ON "writes" USING gin (("detail" -> 'waitsFor') jsonb_path_ops) WHERE "writes"."status" in ('planned', 'parked') and "writes"."detail" ? 'waitsFor';--> statement-breakpoint
CREATE UNIQUE INDEX "links_external" ON "links" USING btree ("external_id","connection","object");--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_record" UNIQUE("record_id","connection","object");--> statement-breakpoint
CREATE POLICY "mapping_versions_app" ON "mapping_versions" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "schema_changes_app" ON "schema_changes" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "schema_snapshots_app" ON "schema_snapshots" AS PERMISSIVE FOR ALL TO "causeway_app" USING (true) WITH CHECK (true);