#!/bin/bash
# Makes this instance a node of the cluster. Run by cloud-init; may run again at any time, and never formats twice.
set -euo pipefail
me=kafka-setup
. /usr/local/lib/tickbell/setup.sh
. /etc/kafka/setup.env

# Apache writes "kafka.tgz: AB12 CD34 …" over several lines for some versions, "ab12cd34…  kafka.tgz" for others.
published_checksum() {
  curl -fsSL --retry 5 --retry-all-errors "$KAFKA_CHECKSUMS/$KAFKA_VERSION/$1.sha512" |
    tr -d '[:space:]' | sed 's/^.*://' | tr 'A-F' 'a-f' | cut -c1-128
}

# Kafka of the wanted version in /opt/kafka, its archive checked before it is unpacked.
install_kafka() {
  local name=kafka_2.13-$KAFKA_VERSION archive=/var/tmp/kafka.tgz
  [ -d "/opt/$name" ] || {
    curl -fsSL --retry 5 --retry-all-errors -o "$archive" "$KAFKA_MIRROR/$KAFKA_VERSION/$name.tgz"
    [ -n "$KAFKA_SHA512" ] || KAFKA_SHA512=$(published_checksum "$name.tgz")
    echo "$KAFKA_SHA512  $archive" | sha512sum -c --quiet - || fail "$name.tgz does not have the checksum it should have"
    tar -xzf "$archive" -C /opt --no-same-owner
    rm -f "$archive"
  }
  ln -sfn "/opt/$name" /opt/kafka
}

install_packages java-17-amazon-corretto-headless awscli-2 jq openssl
id kafka >/dev/null 2>&1 || useradd --system --home-dir /opt/kafka --shell /sbin/nologin kafka
mount_data "$DATA_DEVICE"
install_kafka
install -d -o kafka -g kafka -m 0750 /data/kafka /var/log/kafka
# The certificate is put by "deno task deploy" after Terraform made the secret, maybe minutes after this instance's start.
[ -z "$SECRET_ID" ] || /usr/local/sbin/kafka-certificate 360
runuser -u kafka -- /opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t "$CLUSTER_ID" -c /etc/kafka/server.properties
systemctl daemon-reload
report_instance
systemctl enable --now kafka
# One node's word is the cluster's. The others may be still on their way: ten minutes are given to them.
[ -z "$SECRET_ID" ] || [ "$NODE" != kafka-instance-1 ] || /usr/local/sbin/kafka-users 60
