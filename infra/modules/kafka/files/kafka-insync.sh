#!/bin/bash
# Ends with 0 when every broker is there and no partition has a replica that is behind, else says what is missing and ends
# with 1. kafka-insync --count prints the number of partitions that are behind. One node may be stopped only after a 0.
set -euo pipefail
. /etc/kafka/setup.env
kafka() {
  local tool=$1
  shift
  KAFKA_HEAP_OPTS="-Xmx128m" "${KAFKA_BIN:-/opt/kafka/bin}/$tool" --bootstrap-server "$ADMIN_BROKERS" ${ADMIN_CONFIG:+--command-config "$ADMIN_CONFIG"} "$@"
}
described=$(kafka kafka-topics.sh --describe --under-replicated-partitions) || { echo "kafka-insync: the brokers do not answer"; exit 1; }
behind=$(grep -c 'Partition:' <<< "$described" || true)
[ "${1:-}" != --count ] || { echo "$behind"; exit 0; }
# Of the quorum: everybody who votes has caught up with the leader's log.
voters=$(kafka kafka-metadata-quorum.sh describe --replication | awk '$1 ~ /^[0-9]+$/ && $4 < 1000 && /Leader|Follower/' | wc -l)
[ "$behind" -eq 0 ] || { echo "kafka-insync: $behind partitions have a replica that is behind"; exit 1; }
[ "$voters" -ge "$NODE_COUNT" ] || { echo "kafka-insync: $voters of $NODE_COUNT nodes have caught up in the quorum"; exit 1; }
echo "kafka-insync: all $NODE_COUNT nodes, every replica in sync"
