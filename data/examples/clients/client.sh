#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The same without any library: with gdbus, which comes with GLib. `busctl --user call` does as well.
#
#   client.sh [ID]
set -eu

name=org.codomyrmex.Myrmex1
manager=/org/codomyrmex/Myrmex1

# call OBJECT METHOD [ARGUMENT…]
call () { gdbus call --session --dest $name --object-path "$1" --timeout 600 --method "$name.$2" -- "${@:3}"; }

# Whoever chooses the last part of the path can listen before there is anything to hear.
token=$(tr -d - </proc/sys/kernel/random/uuid)
run=$manager/run/$token
if [ $# -gt 0 ]; then
  run=$(call $manager Manager.ResolveRun "$1" | grep -o '/[^'\'']*')
fi

if [ $# -eq 0 ]; then
  # What changes is told of the run's object; `gdbus monitor` shows it as it comes.
  gdbus monitor --session --dest $name --object-path "$run" >monitor.txt &
  trap 'kill $!' EXIT
  until grep -q owne monitor.txt; do sleep 0.1; done

  call $manager Manager.Submit '{
    "myrmex": 1,
    "name": "hello",
    "tasks": {
      "greet": { "command": ["echo", "hello"] },
      "shout": { "shell": "echo HELLO", "dependencies": ["greet"] }
    }
  }' "{'handle_token': <'$token'>}" >submitted.txt
fi

# The id is what finds the run again, from any program, also after a restart.
id=$(gdbus call --session --dest $name --object-path "$run" --method org.freedesktop.DBus.Properties.Get $name.Run Id)
echo "run $(grep -o '[0-9a-f]\{32\}' <<<"$id")"

if [ $# -eq 0 ]; then
  until grep -q Finished monitor.txt; do sleep 0.1; done
  grep -o "'Status': <'[a-z]*'>" monitor.txt
fi
call "$run" Run.Wait | sed "s/^('\([a-z]*\)'.*/workflow: \1/"
call "$run" Run.GetTask shout | sed "s/.*'value': <'\([^']*\)'>.*/result \1/"
log=$(call "$run" Run.GetTask shout | sed "s/.*'log_path': <'\([^']*\)'>.*/\1/")
echo "log $(cat "$log")"
