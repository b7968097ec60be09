#!/usr/bin/env bash
# Takes the decoders avif.wasm and heic.wasm, and their licences, out of the Go modules
# that publish them, and packs them tighter. Needs Go, jq, gzip and zstd; the go command checks the modules
# against the checksum database, this script what comes of them against SHA256SUMS.
#
# The modules themselves are not imported: they load whatever libavif and libheif a
# machine has, in the program's own memory, and without that link a C library all the
# same; the decoders within have no bound of memory or time there.
set -euo pipefail
cd "$(dirname "$0")"
dir() { GOFLAGS=-mod=mod go mod download -json "$1" | jq -r .Dir; }
avif=$(dir github.com/gen2brain/avif@v0.4.4)
heic=$(dir github.com/gen2brain/heic@v0.4.5)
gzip -dc "$avif/lib/decode.wasm.gz" >avif.wasm
install -m 644 "$avif"/lib/LICENSE.{aom,libavif} .
gzip -dc "$heic/lib/heif.wasm.gz" >heic.wasm
install -m 644 "$heic"/lib/LICENSE.{libde265,libheif} .
sha256sum -c --quiet SHA256SUMS
zstd --quiet --force --rm --ultra -22 avif.wasm heic.wasm
