#!/bin/sh
# Run by the PostgreSQL image once, on an empty volume: a role and a database for Causeway, a role for Temporal.
# Causeway's role may create roles, because its first start makes the two that it works as; it is no superuser.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set causeway_password="$CAUSEWAY_PASSWORD" --set temporal_password="$TEMPORAL_PASSWORD" <<'SQL'
create role causeway login createrole password :'causeway_password';
create database causeway owner causeway;
create role temporal login createdb password :'temporal_password';
SQL
