# Sourced by instance-report: whether InfluxDB answers, and how old its last backup is.
if curl -fsS -o /dev/null --max-time 10 http://127.0.0.1:8086/health; then report ServiceUp None 1; else report ServiceUp None 0; fi
# Where there was none yet, as old as the instance.
stamp=/data/last-backup
[ -e "$stamp" ] || stamp=/etc/influxdb/setup.env
report BackupAgeHours None $((($(date +%s) - $(stat -c %Y "$stamp")) / 3600))
