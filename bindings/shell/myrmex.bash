# bash completion for myrmex                              -*- shell-script -*-
# SPDX-License-Identifier: LGPL-2.1-or-later

_myrmex ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
  local commands='run validate plan graph config help' options='--help'

  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
    return
  fi
  case $command in
    run) options+=' --param --config --jobs --keep-going --timeout --log-dir --report --dry-run --json --quiet' ;;
    validate) options+=' --quiet' ;;
    plan) options+=' --json' ;;
    graph) options+=' --format --output' ;;
    config) options+=' --config --json' ;;
    help) options=$commands ;;
    *) return ;;
  esac

  case $previous in
    --log-dir | -l) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --format | -f) mapfile -t COMPREPLY < <(compgen -W 'dot mermaid svg' -- "$cur"); return ;;
    --report | -r | --output | -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --config | -c | --param | -p | --jobs | -j | --timeout | -t) return ;;
  esac
  if [[ $cur != -* && $command == config ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(myrmex config 2>/dev/null | sed '/^$/,$d; s/ .*//')" -- "$cur")
  elif [[ $cur == -* || $command == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  else
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.json' -- "$cur")
  fi
}
complete -F _myrmex myrmex
