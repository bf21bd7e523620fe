#!/bin/bash
# Puts this node's certificate and the authority that it and its peers are signed by where Kafka reads them; before every start
# of Kafka. When the secret cannot be had, a node that has its certificate starts with that.
set -euo pipefail
me=kafka-certificate
. /usr/local/lib/tickbell/setup.sh
. /etc/kafka/setup.env
export AWS_DEFAULT_REGION
folder=/etc/kafka/tls
umask 027

read_secret() {
  secret=$(aws secretsmanager get-secret-value --secret-id "$SECRET_ID" --query SecretString --output text) &&
    jq -e --arg node "$NODE" '.[$node]' <<< "$secret" >/dev/null
}

install -d -o root -g kafka -m 0750 "$folder"
if ! retry "${1:-1}" 10 read_secret 2>/dev/null; then
  [ -s "$folder/keystore.pem" ] || fail "secret $SECRET_ID has no certificate of $NODE; run deno task deploy"
  echo "$me: secret $SECRET_ID cannot be read; the certificate that is here stays"
  exit 0
fi
jq -r --arg node "$NODE" '.[$node]' <<< "$secret" > "$folder/keystore.new"
jq -r .authority <<< "$secret" > "$folder/authority.new"
chgrp kafka "$folder/keystore.new" "$folder/authority.new"
mv "$folder/keystore.new" "$folder/keystore.pem"
mv "$folder/authority.new" "$folder/authority.pem"
