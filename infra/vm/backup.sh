#!/bin/bash
# A backup of the running program into /var/backups/tickbell/DAY, read back by itself; those older than KEEP_DAYS go. Copy the folder
# to another machine: a command in BACKUP_TO is given the day's folder as its last word, e.g. "cp -r -t /mnt/elsewhere".
set -euo pipefail
day=$(date +%F)
folder=/var/backups/tickbell
${COMPOSE:-docker compose --file /opt/tickbell/infra/vm/compose.prod.yaml --env-file /etc/tickbell/tickbell.env} exec -T tickbell \
  tickbell backup "/backups/$day" --data-dir /data --api-url http://127.0.0.1:8000
find "$folder" -mindepth 1 -maxdepth 1 -type d -mtime "+${KEEP_DAYS:-14}" -exec rm -rf {} +
[ -z "${BACKUP_TO:-}" ] || $BACKUP_TO "$folder/$day"
