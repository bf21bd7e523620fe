#!/bin/bash
# Reports to CloudWatch each minute how full the data volume is, and what the instance's own service-report says of its service;
# the alarms are in module pages.
set -euo pipefail

# report NAME UNIT VALUE: one number of this instance.
report() {
  aws cloudwatch put-metric-data --namespace Tickbell --metric-name "$1" --unit "$2" --dimensions "Instance=$(hostname)" --value "$3"
}

report DiskUsedPercent Percent "$(df --output=pcent /data | tail -n 1 | tr -dc '0-9')"
if [ -e /usr/local/lib/tickbell/service-report.sh ]; then
  . /usr/local/lib/tickbell/service-report.sh
fi
