#!/bin/bash
# Makes this instance a node of the cluster. Run by cloud-init; may run again at any time, and never formats twice.
set -euo pipefail
me=kafka-setup
. /etc/kafka/setup.env

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
    echo "$KAFKA_SHA512  $archive" | sha512sum -c --quiet - || { echo "$me: $name.tgz does not have the checksum it should have" >&2; exit 1; }
    tar -xzf "$archive" -C /opt --no-same-owner
    rm -f "$archive"
  }
  ln -sfn "/opt/$name" /opt/kafka
}

dnf install -y -q java-17-amazon-corretto-headless
id kafka >/dev/null 2>&1 || useradd --system --home-dir /opt/kafka --shell /sbin/nologin kafka
mount_data "$DATA_DEVICE"
install_kafka
install -d -o kafka -g kafka -m 0750 /data/kafka /var/log/kafka
runuser -u kafka -- /opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t "$CLUSTER_ID" -c /etc/kafka/server.properties
systemctl daemon-reload
systemctl enable --now kafka
