# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the examples' run scripts share. To be sourced by one, as
#     . "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
# It reads the options, `--output FOLDER` and what `myrmex run` takes, and sets `here`, the example's folder,
# `output`, the absolute path of a folder that is there, `options`, the options that are left, and `myrmex`.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
name=${here##*/}
output=
options=()

while [ $# -gt 0 ]; do
  case $1 in
    --output) [ $# -gt 1 ] || { echo "$name/run: --output needs a folder" >&2; exit 2; }; output=$2; shift ;;
    --output=*) output=${1#--output=} ;;
    --help | -h)
      echo "Usage: data/examples/$name/run [--output FOLDER] [OPTION of \`myrmex run\`…]"
      exit 0
      ;;
    *) options+=("$1") ;;
  esac
  shift
done
if [ -n "$output" ]; then
  mkdir -p -- "$output"
else
  output=$(mktemp -d "${TMPDIR:-/tmp}/myrmex-$name.XXXXXX")
fi
output=$(cd -- "$output" && pwd)

# The command that was just built comes before one that is installed.
myrmex=${MYRMEX:-${MYRMEX_BUILD_DIR:-$here/../../../_build}/bindings/shell/myrmex}
[ -x "$myrmex" ] || myrmex=$(command -v myrmex) ||
  { echo "$name/run: there is no \`myrmex\` yet; data/examples/run builds it" >&2; exit 1; }

# run_workflow ARGUMENT…: the example's workflow; then says on standard error, which --json leaves alone, where
# its output is.
run_workflow ()
{
  local status=0
  "$myrmex" run "$here/workflow.json" "$@" "${options[@]}" || status=$?
  echo "Output of $name: $output" >&2
  return "$status"
}
