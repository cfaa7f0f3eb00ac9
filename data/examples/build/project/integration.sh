#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the program on a real text and compares what it says with what it should say. Like a test that needs
# something not yet ready, it fails the first $FAILURES times, with EX_TEMPFAIL; $OUTPUT/attempts has the count.
set -eu

attempt=$(($(cat "$OUTPUT/attempts" 2>/dev/null || echo 0) + 1))
echo "$attempt" >"$OUTPUT/attempts"
if [ "$attempt" -le "$FAILURES" ]; then
  echo "attempt $attempt: not ready" >&2
  exit 75
fi

"$OUTPUT/tally" -n 5 project/sample.txt >"$OUTPUT/tally.txt"
diff -u project/expected.txt "$OUTPUT/tally.txt"
echo "attempt $attempt: tally says what it should"
