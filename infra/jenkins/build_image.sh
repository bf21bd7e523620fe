#!/bin/sh
# Builds one role's image with Kaniko and pushes it under the commit. usage: REGISTRY=… TAG=… build_image.sh ROLE
# Tags never move in the registry: a build that is repeated finds its image there, and that is no error.
set -eu
role=$1
"${KANIKO:-/kaniko/executor}" \
  --context="dir://$PWD" \
  --dockerfile=Dockerfile \
  --target="$role" \
  --destination="$REGISTRY/stock/$role:$TAG" \
  --build-arg="VERSION=$(sed -n 's/^ *"version": "\([^"]*\)".*/\1/p' deno.json | head -n 1)" \
  --build-arg="REVISION=$TAG" \
  --build-arg="CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  --cache=true \
  --cache-repo="$REGISTRY/stock/cache" \
  --push-retry=3 \
  --push-ignore-immutable-tag-errors=true \
  --cleanup
