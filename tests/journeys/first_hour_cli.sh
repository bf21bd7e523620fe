#!/usr/bin/env bash
# A newcomer's first hour by the command line alone: from nothing to a rule that fired, was explained, changed, kept,
# and came through a restart. Run in an empty folder:
#
#     TICKBELL_PORT=8123 tests/journeys/first_hour_cli.sh    # `tickbell` must be in the PATH
#
# Every line must do what it says: the first that does not ends it.
set -euo pipefail
export TICKBELL_API_URL="http://127.0.0.1:${TICKBELL_PORT:?}" TICKBELL_DATA_DIR=data NO_COLOR=1
step() { printf '== %s\n' "$*"; }
begin() {
  tickbell start --rate 200 "$@" > start.log 2>&1 &
  server=$!
  within 60 'tickbell status > status.txt'
}
finish() { kill -INT "$server"; wait "$server"; }
trap 'kill -INT "$server" 2>/dev/null || true' EXIT
# refused COMMAND…: it must fail (set -e does not see what "!" turns round).
refused() { if "$@"; then echo "should have been refused: $*"; exit 1; fi; }
# within SECONDS COMMAND: until it succeeds.
within() {
  local end=$((SECONDS + $1))
  until eval "$2"; do
    if [ "$SECONDS" -ge "$end" ]; then echo "in vain for $1 s: $2"; tail -5 start.log; exit 1; fi
    sleep 0.3
  done
}

step "what is it"
tickbell --version
tickbell --help | grep -q "rules"
step "start it"
begin
grep -q "Tickbell is ready" status.txt
step "a rule as people say it: first only read, then made"
tickbell rules read "삼성전자 1000원 넘으면" | grep -q "005930"
tickbell rules read "삼성전자 1000원 넘으면" --to kim@example.com --yes
step "a rule by its words, one that is wrong, one that is there already"
tickbell rules add 000660 target_price gte 1000 --to kim@example.com --id hynix
refused tickbell rules add 000660 target_price gte 5.125 --to kim@example.com 2> wrong.txt
grep -q "value" wrong.txt
refused tickbell rules add 000660 target_price gte 1000 --to kim@example.com --id hynix 2> taken.txt
grep -qi "hynix" taken.txt
step "it fires, and a mail is there"
within 60 'tickbell alerts list ruleId=hynix --json | jq -e "length > 0" > /dev/null'
within 30 'grep -rlq "kim@example.com" data/outbox'
step "what it was, why, and what it would have done"
alert=$(tickbell alerts list ruleId=hynix --json | jq -r '.[0].id')
tickbell alerts show "$alert" | grep -q "kim@example.com"
tickbell rules explain hynix > explained.txt
grep -qi "fired" explained.txt
tickbell rules test 000660 target_price gte 1000 > tested.txt
step "change it: it is armed anew, and the answer says so"
tickbell rules edit hynix value=1001 > edited.txt
tickbell rules show hynix | grep -q "1,\?001"
step "all of them to a file and back"
tickbell rules export rules.ndjson
tickbell rules rm hynix
refused tickbell rules show hynix 2> /dev/null
tickbell rules import rules.ndjson
tickbell rules show hynix > /dev/null
step "quiet hours, a test message, a key that only reads"
tickbell recipients quiet kim@example.com 22:00-07:30
tickbell keys create reader --scopes rules:read --json > key.json
TICKBELL_API_KEY=$(jq -r .key key.json) tickbell rules list > /dev/null
refused env TICKBELL_API_KEY="$(jq -r .key key.json)" tickbell rules rm hynix 2> /dev/null
step "how the day went, and a backup while it runs"
tickbell report > report.txt || { cat report.txt; exit 1; }
tickbell backup saved
step "stop, start: rules are there, nothing is mailed twice"
finish
begin
tickbell rules show hynix > /dev/null
finish
step "the backup, put back"
tickbell restore saved
tickbell verify
begin
tickbell rules show hynix > /dev/null
finish
trap - EXIT
echo "the first hour is over"
