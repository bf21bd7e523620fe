#!/bin/bash
# Makes this instance the price store. Run by cloud-init; may run again at any time, and never formats or sets up twice.
set -euo pipefail
me=influxdb-setup
. /usr/local/lib/tickbell/setup.sh
. /usr/local/lib/tickbell/secret.sh
set -a
. /etc/influxdb/setup.env
set +a
url=${INFLUX_URL:-http://127.0.0.1:8086}

# The secret's value is put by "deno task deploy" after Terraform made the secret, maybe minutes after this instance's start.
read_secret() {
  secret=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text 2>/dev/null)
}

answers() {
  curl -fsS -o /dev/null "$url/health" 2>/dev/null
}

# Organisation, bucket and the operator's token, once. Secrets go by environment and standard input: they are in no process list.
set_up_once() {
  curl -fsS "$url/api/v2/setup" | jq -e .allowed >/dev/null || { echo "$me: was set up before"; return 0; }
  jq --arg org "$INFLUX_ORG" --arg bucket "$INFLUX_BUCKET" --argjson retention "$RETENTION_SECONDS" \
    '{username: "admin", password: .password, token: .token, org: $org, bucket: $bucket, retentionPeriodSeconds: $retention}' \
    <<< "$secret" | curl -fsS -o /dev/null -X POST -H 'Content-Type: application/json' --data-binary @- "$url/api/v2/setup"
  echo "$me: made organisation $INFLUX_ORG with bucket $INFLUX_BUCKET"
}

# A token for each that uses the prices, once: with what it needs and no more. Into the secret, beside the operator's.
make_tokens() {
  local missing made
  missing=$(jq -r '["setup", "consumer", "control", "reader"] - keys | join(" ")' <<< "$secret")
  [ -n "$missing" ] || return 0
  INFLUX_TOKEN=$(jq -r .token <<< "$secret")
  export INFLUX_TOKEN
  # shellcheck disable=SC2086 # Names, one word each.
  made=$(/usr/local/sbin/influxdb-tokens $missing)
  add_to_secret "$made"
  echo "$me: made tokens for $missing"
}

mount_data "$DATA_DEVICE"
install_packages "influxdb2-$INFLUX_VERSION" influxdb2-cli jq awscli-2
install -d -o influxdb -g influxdb -m 0750 /data/influxdb
systemctl daemon-reload
report_instance
systemctl enable --now influxdb
retry 120 1 answers || fail "InfluxDB does not answer on $url"
retry 360 10 read_secret || fail "secret $SECRET_ID had no value for an hour; run deno task deploy"
set_up_once
make_tokens
systemctl enable --now influxdb-backup.timer
