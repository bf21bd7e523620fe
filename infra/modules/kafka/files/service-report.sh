# Sourced by instance-report: whether the broker runs, how long its certificate is good, and every five minutes how many
# partitions have a replica that is behind.
if systemctl is-active --quiet kafka; then report ServiceUp None 1; else report ServiceUp None 0; fi
if [ -s /etc/kafka/tls/keystore.pem ]; then
  until_date=$(openssl x509 -noout -enddate -in /etc/kafka/tls/keystore.pem | cut -d= -f2)
  report CertificateDays Count $((($(date -d "$until_date" +%s) - $(date +%s)) / 86400))
fi
if [ $(($(date +%-M) % 5)) -eq 0 ] && systemctl is-active --quiet kafka; then
  report UnderReplicated Count "$(kafka-insync --count)"
fi
