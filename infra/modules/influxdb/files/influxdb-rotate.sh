#!/bin/bash
# influxdb-rotate: makes a new operator token, puts it into the secret, and prints the old one's id. influxdb-rotate end ID: ends
# the old one, once all that reads the secret has been started anew. "deno task deploy --rotate influxdb" does both.
set -euo pipefail
set -a
. /etc/influxdb/setup.env
set +a
url=${INFLUX_URL:-http://127.0.0.1:8086}
secret=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text)
INFLUX_TOKEN=$(jq -r .token <<< "$secret")
export INFLUX_TOKEN
if [ "${1:-}" = end ]; then
  influx auth delete --host "$url" --id "$2"
  exit
fi
# Operator: a token of all of one organisation may not back up.
new=$(influx auth create --host "$url" --operator --org "$INFLUX_ORG" --description "tickbell $(date -u +%F)" --json | jq -r .token)
old=$(influx auth list --host "$url" --json | jq -r --arg token "$INFLUX_TOKEN" '.[] | select(.token == $token) | .id')
jq -c --arg token "$new" '.token = $token' <<< "$secret" |
  aws secretsmanager put-secret-value --secret-id "$SECRET_ID" --secret-string file:///dev/stdin >/dev/null
echo "old token: $old"
