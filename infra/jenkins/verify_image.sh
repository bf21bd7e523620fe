#!/bin/bash
# Ends with 0 when the images of these roles are signed by our key: before they are deployed. usage: REGISTRY=… TAG=… verify_image.sh ROLE…
set -euo pipefail
. "$(dirname "$0")/cosign.sh"
for role in "$@"; do
  verify "$REGISTRY/stock/$role:$TAG" || { echo "verify_image: stock/$role:$TAG is not signed by $key; it is not deployed" >&2; exit 1; }
done
