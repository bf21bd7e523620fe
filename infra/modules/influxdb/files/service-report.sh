# Sourced by instance-report: whether InfluxDB answers.
if curl -fsS -o /dev/null --max-time 10 http://127.0.0.1:8086/health; then report ServiceUp None 1; else report ServiceUp None 0; fi
