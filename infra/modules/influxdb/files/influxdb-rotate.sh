#!/bin/bash
# influxdb-rotate: makes new tokens of the operator and of all that use the prices, puts them into the secret, and prints the old
# ones' ids. influxdb-rotate end ID,…: ends those, once all that reads the secret has been started anew. "deno task deploy --rotate
# influxdb" does both.
set -euo pipefail
. /usr/local/lib/tickbell/secret.sh
set -a
. /etc/influxdb/setup.env
set +a
url=${INFLUX_URL:-http://127.0.0.1:8086}
secret=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text)
INFLUX_TOKEN=$(jq -r .token <<< "$secret")
export INFLUX_TOKEN
if [ "${1:-}" = end ]; then
  for id in ${2//,/ }; do influx auth delete --host "$url" --id "$id"; done
  exit
fi
# Of the secret and the list, one after the other on standard input: the ids of the tokens that the secret has now.
old=$({ echo "$secret"; influx auth list --host "$url" --json; } |
  jq -rs '(.[0] | [.token, .setup, .consumer, .control, .reader]) as $ours | [.[1][] | select(.token as $one | $ours | index($one)) | .id] | join(",")')
# Operator: a token of all of one organisation may not back up.
new=$(influx auth create --host "$url" --operator --org "$INFLUX_ORG" --description "tickbell $(date -u +%F)" --hide-headers | cut -f3)
made=$(/usr/local/sbin/influxdb-tokens setup consumer control reader)
add_to_secret "token $new
$made"
echo "old tokens: $old"
