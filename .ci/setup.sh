# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What tests/run and data/examples/run share: the packages they need, and how the tree is built.
# To be sourced; it sets `source_dir` and `build_dir`, and puts the distribution's own tools first on PATH:
# another Python before /usr/bin/python3 has no `gi`, and another meson may be too new or too old.

set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=${MYRMEX_BUILD_DIR:-$source_dir/_build}
case $build_dir in
  /*) ;;
  *) build_dir=$PWD/$build_dir ;;
esac
export PATH=/usr/bin:/bin:$PATH

# The packages of Debian 12, by what needs them.
packages_build=(
  gcc libc6-dev meson ninja-build pkg-config gettext
  libglib2.0-dev libjson-glib-dev libsqlite3-dev
  libgirepository1.0-dev gobject-introspection valac
)
packages_example_build=(binutils diffutils)
packages_example_images=(imagemagick fonts-dejavu-core)
packages_example_fetch=(curl python3)
packages_example_service=(dbus)
packages_tests=(
  g++ libtbb-dev python3 python3-gi python3-jsonschema gjs dbus bubblewrap systemd make gi-docgen graphviz zsh
  libgtk-4-dev gir1.2-gtk-4.0 xvfb xauth
  "${packages_example_build[@]}" "${packages_example_images[@]}" "${packages_example_fetch[@]}"
)
packages_full=(gcovr clang libclang-rt-14-dev)

say () { printf '%s\n' "$*"; }
fail () { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Those of the packages named that are not installed, one a line.
missing_packages ()
{
  local package
  for package in "$@"; do
    case $(dpkg-query --show --showformat='${db:Status-Abbrev}' -- "$package" 2>/dev/null) in
      ?i*) ;;
      *) printf '%s\n' "$package" ;;
    esac
  done | sort -u
}

# Installs what is missing of the packages named. On a system without apt-get it says what is needed, and
# goes on: the build says what it does not find.
install_packages ()
{
  local missing log as_root=()

  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is no Debian: install what these packages hold there, if the build does not find it:"
    say "  $(printf '%s\n' "$@" | sort -u | paste -sd ' ')"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0

  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "neither root nor sudo; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing with apt-get: ${missing[*]}"
  log=$(mktemp)
  if ! "${as_root[@]}" apt-get --quiet update </dev/null >"$log" 2>&1 ||
     ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends \
         -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
         install "${missing[@]}" </dev/null >>"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "apt-get failed, see above; it was to install: ${missing[*]}"
  fi
  rm -f "$log"
}

# configure FOLDER OPTION…: sets the build folder up, or again where its options are others than last time. Without
# options any that is set up will do.
configure ()
{
  local folder=$1 stamp=$1/.myrmex-options log how=()
  shift
  if [ -f "$folder/build.ninja" ]; then
    if [ $# -eq 0 ] || [ "$(cat "$stamp" 2>/dev/null)" = "$*" ]; then
      return 0
    fi
    how=(--reconfigure)
  elif [ -f "$folder/meson-private/cmd_line.txt" ]; then
    how=(--wipe) # what an interrupted set-up left behind is no build folder
  fi
  log=$(mktemp)
  if ! meson setup "${how[@]}" "$@" "$folder" "$source_dir" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  printf '%s\n' "$*" >"$stamp"
}
