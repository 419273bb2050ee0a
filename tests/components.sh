#!/bin/sh
# Install the real servers and tools that the acceptance tests meet, where this machine lets us: root on a Debian.
# Elsewhere the tests that need a missing one say so and are skipped; in CI (CI=true) they fail.
set -eu
wanted="docker-registry:docker-registry skopeo:skopeo notary:notary docker.io:dockerd containerd:containerd podman:podman libnss-wrapper:
        util-linux:nsenter iproute2:ip ca-certificates:update-ca-certificates dnsmasq-base:dnsmasq nftables:nft
        tinyproxy-bin:tinyproxy squid:squid openssl:openssl chromium:chromium|google-chrome"
missing=""
for pair in $wanted; do
    package=${pair%%:*} program=${pair#*:}
    if [ -n "$program" ]; then
        found=""
        for name in $(echo "$program" | tr '|' ' '); do command -v "$name" >/dev/null 2>&1 && found=$name; done
        [ -n "$found" ] || missing="$missing $package"
    else ls /usr/lib/*/libnss_wrapper.so* >/dev/null 2>&1 || missing="$missing $package"; fi
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Not installed here (that takes root on a Debian), so tests that need them are skipped:$missing" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086  # the names are a list
apt-get install -y -qq --no-install-recommends $missing >/dev/null
