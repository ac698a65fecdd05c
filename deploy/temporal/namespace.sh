#!/bin/sh
# Makes the namespace and what its lists can be searched by. Repeating it changes nothing.
set -eu
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  temporal operator cluster health --address "$TEMPORAL_ADDRESS" && break
  [ "$attempt" = 10 ] && exit 1
  sleep 3
done
temporal operator namespace describe --address "$TEMPORAL_ADDRESS" --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --address "$TEMPORAL_ADDRESS" --namespace "$TEMPORAL_NAMESPACE" --retention 30d
known=$(temporal operator search-attribute list --address "$TEMPORAL_ADDRESS" --namespace "$TEMPORAL_NAMESPACE")
for name in ProcessKind RecordId; do
  case $known in
    *"$name"*) ;;
    *)
      temporal operator search-attribute create --address "$TEMPORAL_ADDRESS" --namespace "$TEMPORAL_NAMESPACE" \
        --name "$name" --type Keyword
      ;;
  esac
done
