#!/bin/bash
# Signs one role's image by the key in KMS, and attests the bill of materials that it was built with. Neither is done twice: tags
# of signatures never move in the registry either. usage: REGISTRY=… TAG=… sign_image.sh ROLE
set -euo pipefail
. "$(dirname "$0")/cosign.sh"
image=$REGISTRY/stock/$1:$TAG
sign=(--yes --key "$key" --tlog-upload=false ${COSIGN_FLAGS:-})
verify "$image" 2>/dev/null || cosign sign "${sign[@]}" "$image"
cosign verify-attestation --key "$key" --insecure-ignore-tlog=true --type cyclonedx ${COSIGN_FLAGS:-} "$image" >/dev/null 2>&1 ||
  cosign attest "${sign[@]}" --type cyclonedx --predicate sbom.cdx.json "$image"
