# Sourced: puts cosign on PATH, fetched once a workspace and checked, and names the key that images are signed by. Not in any
# image of the agents: cosign's own has no shell, which Jenkins needs.
cosign_version=2.6.1
cosign_sha256=064954c5d8c7e3b28188eee5b1727b31c411550bc5fefd41aa672d3c761d103a
key=${SIGNING_KEY:-awskms:///arn:aws:kms:${REGION:-ap-northeast-2}:${REGISTRY%%.*}:alias/stock-images}
command -v cosign >/dev/null || {
  tools=$HOME/.tools
  mkdir -p "$tools"
  [ -x "$tools/cosign" ] || {
    curl -fsSL --retry 5 -o "$tools/cosign.new" "https://github.com/sigstore/cosign/releases/download/v$cosign_version/cosign-linux-amd64"
    echo "$cosign_sha256  $tools/cosign.new" | sha256sum -c - >/dev/null || { echo "cosign $cosign_version does not have the checksum it should have" >&2; exit 1; }
    chmod 0755 "$tools/cosign.new"
    mv "$tools/cosign.new" "$tools/cosign"
  }
  PATH=$tools:$PATH
}
# No transparency log: what is built here is nobody else's business, and the key is our own.
verify() { cosign verify --key "$key" --insecure-ignore-tlog=true ${COSIGN_FLAGS:-} "$1" >/dev/null; }
