#!/bin/bash
# Prints the commit whose image belongs to the checked-out sources. usage: image_tag.sh develop|main
# develop builds what is checked out. main is a merge of develop: the image of the merged commit is deployed, as it was
# tested, as long as the merge changed none of its sources.
set -euo pipefail
flow=$1
head=$(git rev-parse HEAD)
[ "$flow" = main ] || { echo "$head"; exit 0; }
merged=$(git rev-parse -q --verify 'HEAD^2' || true)
[ -n "$merged" ] || { echo "$head"; exit 0; }
if git diff --quiet "$merged" HEAD -- src wasm scripts deno.json deno.lock Dockerfile .dockerignore; then
  echo "$merged"
else
  echo "image_tag: the merge $head has other sources than develop's $merged, so no image of it was tested; merge main into develop first" >&2
  exit 1
fi
