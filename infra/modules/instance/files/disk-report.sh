#!/bin/bash
# Tells CloudWatch how full the data volume is, each minute; the alarm is in module pages.
set -euo pipefail
used=$(df --output=pcent /data | tail -n 1 | tr -dc '0-9')
aws cloudwatch put-metric-data --namespace Tickbell --metric-name DiskUsedPercent --unit Percent \
  --dimensions "Instance=$(hostname)" --value "$used"
