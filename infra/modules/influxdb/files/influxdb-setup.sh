#!/bin/bash
# Makes this instance the price store. Run by cloud-init; may run again at any time, and never formats or sets up twice.
set -euo pipefail
me=influxdb-setup
set -a
. /etc/influxdb/setup.env
set +a
url=${INFLUX_URL:-http://127.0.0.1:8086}

# The data volume: formatted only when it is blank, mounted on /data at every start.
mount_data() {
  local device=$1 tries=0
  until [ -b "$device" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 120 ] || { echo "$me: $device was not attached within 10 minutes" >&2; exit 1; }
    sleep 5
  done
  blkid "$device" >/dev/null || mkfs.xfs "$device"
  mkdir -p /data
  grep -q " /data " /etc/fstab || echo "UUID=$(blkid -s UUID -o value "$device") /data xfs defaults,noatime,nofail 0 2" >> /etc/fstab
  mountpoint -q /data || mount /data
}

# The secret's value is put by "deno task deploy" after Terraform made the secret, maybe minutes after this instance's start.
read_secret() {
  local tries=0
  until secret=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text 2>/dev/null); do
    tries=$((tries + 1))
    [ "$tries" -le 360 ] || { echo "$me: secret $SECRET_ID had no value for an hour; run deno task deploy" >&2; exit 1; }
    sleep 10
  done
}

wait_for_influxdb() {
  local tries=0
  until curl -fsS -o /dev/null "$url/health" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -le 120 ] || { echo "$me: InfluxDB does not answer on $url" >&2; exit 1; }
    sleep 1
  done
}

# Organisation, bucket and tokens, once. The values go through standard input: they are in no process list.
set_up_once() {
  curl -fsS "$url/api/v2/setup" | jq -e .allowed >/dev/null || { echo "$me: was set up before"; return 0; }
  jq -n --argjson secret "$secret" --arg org "$INFLUX_ORG" --arg bucket "$INFLUX_BUCKET" --argjson retention "$RETENTION_SECONDS" \
    '{username: "admin", password: $secret.password, token: $secret.token, org: $org, bucket: $bucket, retentionPeriodSeconds: $retention}' |
    curl -fsS -o /dev/null -X POST -H 'Content-Type: application/json' --data-binary @- "$url/api/v2/setup"
  echo "$me: made organisation $INFLUX_ORG with bucket $INFLUX_BUCKET"
}

mount_data "$DATA_DEVICE"
dnf install -y -q "influxdb2-$INFLUX_VERSION" influxdb2-cli jq awscli-2
install -d -o influxdb -g influxdb -m 0750 /data/influxdb
systemctl daemon-reload
systemctl enable --now influxdb
wait_for_influxdb
read_secret
set_up_once
systemctl enable --now influxdb-backup.timer
