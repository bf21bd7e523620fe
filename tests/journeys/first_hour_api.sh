#!/usr/bin/env bash
# An integrator's first hour by the API alone (curl and jq), against a program that runs:
#
#     API=http://127.0.0.1:8000 KEY=$(cat data/api-key) tests/journeys/first_hour_api.sh
set -euo pipefail
: "${API:?}" "${KEY:?}"
step() { printf '== %s\n' "$*"; }
# call METHOD PATH [BODY]: the answer to $answer, its status to $status.
call() {
  local body=()
  if [ $# -gt 2 ]; then body=(-H 'Content-Type: application/json' -d "$3"); fi
  answer=$(curl -sS -X "$1" "$API$2" -H "Authorization: Bearer $KEY" "${body[@]}" -D headers.txt)
  status=$(head -1 headers.txt | cut -d' ' -f2)
}
expect() { [ "$status" = "$1" ] || { echo "status $status, not $1: $answer"; exit 1; }; }
says() { jq -e "$1" > /dev/null <<< "$answer" || { echo "not so: $1: $answer"; exit 1; }; }
within() {
  local end=$((SECONDS + $1))
  until eval "$2"; do
    if [ "$SECONDS" -ge "$end" ]; then echo "in vain for $1 s: $2"; exit 1; fi
    sleep 0.3
  done
}

step "the document: every route, the errors, the webhooks"
call GET /openapi.json; expect 200
says '.openapi == "3.1.0" and (.paths | length > 40) and (.webhooks | length > 0)'
call GET /problems; expect 200
step "who am I, and how is it"
call GET /v1/me; expect 200; says '.operator == true'
call GET /v1/status; expect 200; says '.ready == true'
step "a symbol by a part of its name"
call GET '/v1/symbols?q=%EC%82%BC%EC%84%B1'; expect 200; says '.data | length > 0'
step "what is wrong is said with field and reason, and nothing is made"
call POST /v1/rules '{"symbol":"005930","kind":"target_price","comparator":"gte","value":5.125,"recipients":["kim@example.com"]}'
expect 400; says '.errors[0].field == "value" and (.type | startswith("/problems/"))'
step "first only what would be, then the rule, in force when it is answered"
rule='{"id":"api-first","symbol":"005930","when":"price >= 1000","repeat":"1m","recipients":["kim@example.com"],"labels":{"team":"desk"}}'
call POST '/v1/rules?dryRun=true' "$rule"; expect 201
call GET /v1/rules/api-first; expect 404
call POST /v1/rules "$rule"; expect 201
call POST /v1/rules "$rule"; expect 409; says '.code == "id_taken"'
step "a change needs the version that was read"
etag=$(curl -sS -o /dev/null -D - "$API/v1/rules/api-first" -H "Authorization: Bearer $KEY" | tr -d '\r' | sed -n 's/^etag: //Ip')
patch() { curl -sS -o answer.json -w '%{http_code}' -X PATCH "$API/v1/rules/api-first" -H "Authorization: Bearer $KEY" \
  -H 'Content-Type: application/merge-patch+json' -H "If-Match: $1" -d '{"note":"mine"}'; }
[ "$(patch "$etag")" = 200 ]
[ "$(patch "$etag")" = 412 ]
step "it fires: in the list, in the stream, with its deliveries"
within 60 'call GET "/v1/alerts?ruleId=api-first"; jq -e ".data | length > 0" <<< "$answer" > /dev/null'
alert=$(jq -r '.data[0].id' <<< "$answer")
call GET "/v1/alerts/$alert"; expect 200; says '.labels.team == "desk"'
within 30 'call GET "/v1/deliveries?recipient=kim@example.com&state=sent"; jq -e ".data | length > 0" <<< "$answer" > /dev/null'
call GET /v1/rules/api-first/explain; expect 200
(timeout 100 curl -sSN "$API/v1/alerts/stream" -H "Authorization: Bearer $KEY" -H 'Last-Event-ID: 0.0' > stream.txt) & listener=$!
within 90 'grep -q "^event: alert\|^data: {" stream.txt'
kill "$listener" 2> /dev/null || true
step "many at once: each line its own result; out as CSV and in again"
printf '%s\n' '{"id":"b1","symbol":"000660","when":"rate >= 5","recipients":["kim@example.com"]}' 'not json' > lines.ndjson
answer=$(curl -sS "$API/v1/rules:bulk" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/x-ndjson' --data-binary @lines.ndjson | tail -1)
says '.summary.created == 1 and .summary.refused == 1'
curl -sS "$API/v1/rules:export?format=csv" -H "Authorization: Bearer $KEY" > rules.csv
answer=$(curl -sS "$API/v1/rules:bulk?mode=replace" -H "Authorization: Bearer $KEY" -H 'Content-Type: text/csv' --data-binary @rules.csv | tail -1)
says '.summary.refused == 0 and .summary.unchanged >= 2'
step "the same request twice, by its Idempotency-Key, is one rule"
for _ in 1 2; do
  curl -sS "$API/v1/rules" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -H 'Idempotency-Key: once-1' \
    -d '{"symbol":"035720","when":"rate >= 5","recipients":["kim@example.com"]}' | jq -r .id
done | sort -u | wc -l | grep -qx 1
step "a silence, a webhook endpoint, a key of another tenant that sees nothing of ours"
call POST /v1/silences '{"matchers":[{"field":"symbol","value":"000660"}],"until":"2099-01-01T00:00:00+09:00","comment":"trial"}'; expect 201
call POST /v1/keys '{"name":"acme","tenant":"acme","scopes":["rules:read"]}'; expect 201
own=$KEY; KEY=$(jq -r .key <<< "$answer")
call GET /v1/rules; expect 200; says '.data == []'
call GET /v1/rules/api-first; expect 404
call DELETE /v1/rules/api-first; expect 403
KEY=$own
step "how the day went"
call GET /v1/reports/today; expect 200; says '.trades.missing == 0 and .alerts > 0'
step "and away with it"
call DELETE /v1/rules/api-first; expect 204
call GET /v1/rules/api-first; expect 404
echo "the first hour is over"
