#!/bin/sh
# Makes Temporal's two databases, or brings them to the schema of this image's version. Repeating it changes nothing.
set -eu
for name in temporal temporal_visibility; do
  folder=temporal
  [ "$name" = temporal_visibility ] && folder=visibility
  tool() {
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "$DB_PORT" -u "$POSTGRES_USER" --db "$name" "$@"
  }
  # Without a schema yet `update-schema` fails; then database and version table are made first.
  if ! tool update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"; then
    tool create
    tool setup-schema -v 0.0
    tool update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
  fi
done
