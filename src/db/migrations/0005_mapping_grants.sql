-- The tables that came with mapping versions.
GRANT SELECT, INSERT, UPDATE, DELETE ON mapping_versions, schema_snapshots, schema_changes TO causeway_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO causeway_app;
--> statement-breakpoint
-- A version that was published may be retired and put back in force by a new one; it is never altered or removed.
CREATE FUNCTION mapping_version_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR NEW.source <> OLD.source OR NEW.state = 'draft') THEN
    RAISE EXCEPTION 'a mapping version that was published is kept as it was' USING ERRCODE = '23514';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
--> statement-breakpoint
CREATE TRIGGER mapping_version_is_kept BEFORE UPDATE OR DELETE ON mapping_versions
FOR EACH ROW EXECUTE FUNCTION mapping_version_is_kept();
