ALTER TABLE "links" ADD COLUMN "copy_of" uuid;--> statement-breakpoint
CREATE INDEX "links_copy" ON "links" USING btree ("copy_of") WHERE "links"."copy_of" is not null;