#!/bin/bash
# Puts a night's backup back, tokens too, over what is there. usage: influxdb-restore YYYY-MM-DD
set -euo pipefail
me=influxdb-restore
. /usr/local/lib/tickbell/setup.sh
set -a
. /etc/influxdb/setup.env
set +a
[[ "${1:-}" =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || fail "which day? usage: influxdb-restore YYYY-MM-DD"
url=${INFLUX_URL:-http://127.0.0.1:8086}
folder=$(mktemp -d -p /data restore.XXXXXX)
trap 'rm -rf "$folder"' EXIT
aws s3 cp --recursive --only-show-errors "s3://$BACKUP_BUCKET/$1/" "$folder"
[ -n "$(ls "$folder")" ] || fail "there is no backup of $1 in $BACKUP_BUCKET"
INFLUX_TOKEN=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text | jq -r .token)
export INFLUX_TOKEN
# With an organisation in its environment the command takes it for a restore of that alone, and refuses.
env -u INFLUX_ORG -u INFLUX_BUCKET influx restore --host "$url" --full "$folder"
echo "$me: $1 is back"
