#!/bin/bash
# Rolls one role of dev to the built image: the manifest template names the image and nothing else, the rest stays as the
# chart made it. A role that does not come up goes back. usage: REGISTRY=… TAG=… NAMESPACE=… deploy_develop.sh ROLE
set -euo pipefail
role=$1
manifest=$(sed -e "s|@ROLE@|$role|g" -e "s|@NAMESPACE@|$NAMESPACE|g" -e "s|@IMAGE@|$REGISTRY/stock/$role:$TAG|g" "$(dirname "$0")/image.yaml.tmpl")

if ! kubectl -n "$NAMESPACE" get deployment "$role" >/dev/null 2>&1; then
  echo "$role is not installed in $NAMESPACE; nothing to roll"
  exit 0
fi
bash "$(dirname "$0")/verify_image.sh" "$role"
kubectl apply --server-side --field-manager=jenkins --force-conflicts -f - <<< "$manifest"
if ! kubectl -n "$NAMESPACE" rollout status "deployment/$role" --timeout=300s; then
  kubectl -n "$NAMESPACE" rollout undo "deployment/$role"
  echo "deploy_develop: $role:$TAG did not become ready within 300 s; the earlier image is back" >&2
  exit 1
fi
