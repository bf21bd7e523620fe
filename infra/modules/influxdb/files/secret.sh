# Sourced: writes InfluxDB's secret.

# Puts lines of "NAME TOKEN" into the secret that is in $secret. By standard input: nothing of it is in a process list.
add_to_secret() {
  secret=$({ echo "$secret"; jq -Rn '[inputs | split(" ") | {(.[0]): .[1]}] | add' <<< "$1"; } | jq -cs add)
  aws secretsmanager put-secret-value --secret-id "$SECRET_ID" --secret-string file:///dev/stdin <<< "$secret" >/dev/null
}
