#!/bin/bash
# A full backup of InfluxDB to S3, under the day's date. Restore: docs/deployment/backup.md.
set -euo pipefail
set -a
. /etc/influxdb/setup.env
set +a
url=${INFLUX_URL:-http://127.0.0.1:8086}
# For a while everything is there twice. A disk that this fills would stop InfluxDB itself.
used=$(du -sk /data/influxdb | cut -f1)
free=$(($(stat -f -c '%a * %S / 1024' /data)))
[ "$free" -gt "$used" ] || { echo "influxdb-backup: $free KB are free on /data, and a backup may take $used: no backup is made" >&2; exit 1; }
folder=$(mktemp -d -p /data backup.XXXXXX)
trap 'rm -rf "$folder"' EXIT
INFLUX_TOKEN=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text | jq -r .token)
export INFLUX_TOKEN
# All organisations, whatever the environment names: only such a backup is put back whole.
env -u INFLUX_ORG -u INFLUX_BUCKET influx backup --host "$url" "$folder"
aws s3 cp --recursive --only-show-errors "$folder" "s3://$BACKUP_BUCKET/$(date -u +%Y-%m-%d)/"
# Its age is reported, and an alarm rings when it is old.
touch /data/last-backup
