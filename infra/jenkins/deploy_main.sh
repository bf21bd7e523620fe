#!/bin/bash
# Upgrades prod with Helm to the commit's images; when anything does not come up within ten minutes, everything goes back.
# What a scaler or somebody by hand has set is no reason to stop half-way, nor to be unable to go back.
# The images are where develop's Jenkins pushed them: prod's own registry has none of them.
# usage: REGISTRY=… TAG=… NAMESPACE=… deploy_main.sh
set -euo pipefail
bash "$(dirname "$0")/verify_image.sh" producer stream consumer notifier control
helm upgrade stock helm/stock-app \
  --namespace "$NAMESPACE" \
  --reset-then-reuse-values \
  --values infra/environments/prod/values.yaml \
  --set-string "global.image.tag=$TAG" \
  --set-string "global.ecrNumber=${REGISTRY%%.*}" \
  --rollback-on-failure \
  --force-conflicts \
  --timeout 10m \
  --history-max 20
