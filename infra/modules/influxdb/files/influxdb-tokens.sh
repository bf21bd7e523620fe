#!/bin/bash
# influxdb-tokens NAME…: makes tokens of InfluxDB, each with what its user needs and no more, and prints "NAME TOKEN" of each:
#
#   setup     buckets and tasks, for "tickbell topics create"
#   consumer  writes the buckets of prices and candles, and reads them: candles of late trades are made by a query
#   control   reads both
#   reader    the same, for Grafana
#
# Of InfluxDB's own instance, and of a container of its image: kubectl exec -i influxdb-0 -- bash -s setup consumer < this file.
set -euo pipefail
url=${INFLUX_URL:-http://127.0.0.1:8086}
org=${INFLUX_ORG:-${DOCKER_INFLUXDB_INIT_ORG:-project}}
bucket=${INFLUX_BUCKET:-${DOCKER_INFLUXDB_INIT_BUCKET:-stock}}
export INFLUX_TOKEN=${INFLUX_TOKEN:-${DOCKER_INFLUXDB_INIT_ADMIN_TOKEN:-}}

id_of() {
  influx bucket list --host "$url" --org "$org" --name "$1" --hide-headers 2>/dev/null | cut -f1
}

prices=$(id_of "$bucket")
# Made here once, because a token is for buckets that are there; how long it is kept is brought up to date by topics create.
candles=$(id_of "$bucket-candles") ||
  candles=$(influx bucket create --host "$url" --org "$org" --name "$bucket-candles" --retention 0 --hide-headers | cut -f1)

for name in "$@"; do
  case "$name" in
    setup) may=(--read-buckets --write-buckets --read-tasks --write-tasks --read-orgs) ;;
    consumer) may=(--read-bucket "$prices" --write-bucket "$prices" --read-bucket "$candles" --write-bucket "$candles") ;;
    control | reader) may=(--read-bucket "$prices" --read-bucket "$candles") ;;
    *) echo "influxdb-tokens: no user $name; there are setup, consumer, control, reader" >&2; exit 2 ;;
  esac
  made=$(influx auth create --host "$url" --org "$org" "${may[@]}" --description "tickbell $name" --hide-headers | cut -f3)
  [ -n "$made" ] || { echo "influxdb-tokens: no token was made for $name" >&2; exit 1; }
  echo "$name $made"
done
