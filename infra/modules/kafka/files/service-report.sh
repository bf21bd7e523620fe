# Sourced by instance-report: whether the broker runs, how long its certificate is good, and every five minutes how many
# partitions have a replica that is behind.
if systemctl is-active --quiet kafka; then report ServiceUp None 1; else report ServiceUp None 0; fi
if until_date=$(openssl x509 -noout -enddate -in /etc/kafka/tls/keystore.pem 2>/dev/null | cut -d= -f2); then
  report CertificateDays Count $((($(date -d "$until_date" +%s) - $(date +%s)) / 86400))
fi
if [ $(($(date +%-M) % 5)) -eq 0 ] && behind=$(kafka-insync --count); then
  report UnderReplicated Count "$behind"
fi
