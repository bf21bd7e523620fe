# One image a role, alike but for the command they start: docker build --target producer -t stock/producer:COMMIT .
# Targets: producer, stream, consumer, notifier, control. Nothing is fetched when a container starts.

# Debian, pinned by digest. A mirror or a newer one: --build-arg BASE_IMAGE=…@sha256:…
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716
# Holds the one file /deno, whose own checksum is below.
ARG DENO_IMAGE=docker.io/denoland/deno:bin-2.9.6@sha256:4cf0029b9aeeeed5efcbb71828737f0d7c8c8a20072df960e51a5679ef0d21ba

# Deno of the machine that the image is for, and of the one that builds: all that runs here runs on the latter, so that no
# builder has to emulate the former.
# Both are always named: some versions of buildah take for both whichever they met first.
# hadolint ignore=DL3006,DL3029,DL3065
FROM --platform=$TARGETPLATFORM ${DENO_IMAGE} AS deno

# hadolint ignore=DL3006,DL3029
FROM --platform=$BUILDPLATFORM ${DENO_IMAGE} AS builders-deno

# hadolint ignore=DL3006,DL3029
FROM --platform=$BUILDPLATFORM ${BASE_IMAGE} AS tools
COPY --from=builders-deno /deno /usr/local/bin/deno
ENV DENO_NO_UPDATE_CHECK=1 DENO_NO_PROMPT=1 NO_COLOR=1
WORKDIR /app
COPY deno.json deno.lock ./

# What is built: the WASM module, the console, the bill of materials.
FROM tools AS build
COPY src/ src/
COPY wasm/ wasm/
COPY scripts/ scripts/
# hadolint ignore=DL3059
RUN ["deno", "task", "build"]
# hadolint ignore=DL3059
RUN ["deno", "run", "--allow-read", "--allow-write=sbom.cdx.json", "scripts/sbom.ts", "sbom.cdx.json"]

# What is run: the modules of the program and the packages they import, none of the build's.
FROM tools AS program
ENV DENO_DIR=/deno-dir
COPY src/ src/
COPY wasm/layout.ts wasm/
COPY scripts/prune_cache.ts /tmp/
RUN ["deno", "cache", "--frozen", "src/cli/main.ts"]
# hadolint ignore=DL3059
RUN ["deno", "run", "--allow-read", "--allow-write", "--allow-env", "--allow-run=deno", "/tmp/prune_cache.ts", "src/cli/main.ts"]
# What is left is whole: nothing may be fetched for it, and deno.lock must fit.
# hadolint ignore=DL3059
RUN ["deno", "run", "--cached-only", "--frozen", "--allow-env", "--allow-read", "--allow-sys", "src/cli/main.ts", "--help"]
# Native code is of the machine that the image is for, and Deno's cache has so far that of the one that builds.
ARG TARGETARCH
# hadolint ignore=DL3059
RUN ["/bin/bash", "-c", "set -eu; case ${TARGETARCH:-$(uname -m)} in amd64|x86_64) arch=x64;; arm64|aarch64) arch=arm64;; *) exit 1;; esac; deno install --frozen --os linux --arch $arch --entrypoint src/cli/main.ts"]
COPY --from=build /app/wasm/build/ wasm/build/
COPY --from=build /app/src/console/dist/ src/console/dist/
COPY --from=build /app/sbom.cdx.json ./
RUN ["mkdir", "/data"]

# Deno as it goes into the image, and the one that built it, are those whose checksums are here.
FROM tools AS checked
COPY --from=deno /deno /target/deno
# The builder says which machine the image is for: amd64 or arm64.
ARG TARGETARCH
ARG DENO_SHA256_AMD64=bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0
ARG DENO_SHA256_ARM64=d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416
RUN ["/bin/bash", "-c", "set -eu; check() { case $1 in amd64|x86_64) sum=$DENO_SHA256_AMD64;; arm64|aarch64) sum=$DENO_SHA256_ARM64;; *) echo \"no Deno for $1\"; exit 1;; esac; sha256sum -c --quiet - <<< \"$sum  $2\"; }; check \"${TARGETARCH:-$(uname -m)}\" /target/deno; check \"$(uname -m)\" /usr/local/bin/deno"]

# hadolint ignore=DL3006,DL3029,DL3065
FROM --platform=$TARGETPLATFORM ${BASE_IMAGE} AS runtime
COPY --from=checked /target/deno /usr/local/bin/deno
COPY --from=program /deno-dir /deno-dir
COPY --from=program /app /app
# The program by its name, for the entry point and for people in a shell of the container.
COPY scripts/image/tickbell /usr/local/bin/tickbell
# Without DENO_USE_CGROUPS V8 takes the node's memory for the container's, and is killed at the limit.
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 DENO_NO_PROMPT=1 NO_COLOR=1 DENO_USE_CGROUPS=1 \
    TICKBELL_DATA_DIR=/data TICKBELL_HOST=0.0.0.0 TICKBELL_METRICS_HOST=0.0.0.0
WORKDIR /app
COPY --from=program --chown=10001:10001 /data /data
# Its own files only where the chart mounts an emptyDir or a volume.
VOLUME ["/data", "/tmp"]
USER 10001:10001
EXPOSE 8000 9464
STOPSIGNAL SIGTERM
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Tickbell" \
      org.opencontainers.image.description="Stock-market alerts: from a live feed to a mail" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      io.tickbell.sbom="/app/sbom.cdx.json"
ENTRYPOINT ["tickbell"]

FROM runtime AS producer
CMD ["producer"]

FROM runtime AS stream
CMD ["stream"]

FROM runtime AS consumer
CMD ["consumer"]

FROM runtime AS notifier
CMD ["notifier"]

FROM runtime AS control
CMD ["control"]
