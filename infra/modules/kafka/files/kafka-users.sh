#!/bin/bash
# Gives the cluster's users the passwords of the secret: at the first start, and after a rotation. May run again at any time.
set -euo pipefail
me=kafka-users
. /usr/local/lib/tickbell/setup.sh
. /etc/kafka/setup.env
export AWS_DEFAULT_REGION
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
secret=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text)

# The password goes through a file: it is in no process list. What the tool says is not shown: it may repeat the password.
set_password() {
  jq -r --arg user "$1" '"SCRAM-SHA-512=iterations=4096,password=" + .[$user]' <<< "$secret" > "$folder/user.properties"
  KAFKA_HEAP_OPTS="-Xmx128m" "${KAFKA_BIN:-/opt/kafka/bin}/kafka-configs.sh" --bootstrap-server "$ADMIN_BROKERS" \
    --command-config "$ADMIN_CONFIG" --alter --entity-type users --entity-name "$1" --add-config-file "$folder/user.properties" >/dev/null 2>&1
}

for user in $USERS; do
  # The quorum may be still in the making.
  retry "${1:-1}" "${2:-10}" set_password "$user" || fail "$user could not be given its password: do the brokers run, and is this node's certificate good?"
done
echo "$me: $USERS"
