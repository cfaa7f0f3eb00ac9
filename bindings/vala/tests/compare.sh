#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# compare.sh PROGRAM FILE: whether PROGRAM ends well and prints what is in FILE.
set -eu

output=$("$1")
printf '%s\n' "$output" | diff -u "$2" -
