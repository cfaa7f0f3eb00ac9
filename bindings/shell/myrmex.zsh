#compdef myrmex
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# zsh completion for myrmex, which itself knows what could stand where.

_myrmex ()
{
  local -a lines offered
  local line word about suffix=' ' found=1

  lines=("${(@f)$(_call_program words ${(q)words[1]} __complete ${(@q)words[2,CURRENT-1]} ${(q)PREFIX} 2>/dev/null)}")
  for line in $lines; do
    word=${line%%$'\t'*}
    about=${line#*$'\t'}
    case $word in
      '') ;;
      :nospace) suffix='' ;;
      :nosort) ;;
      :folders) compset -P '*='; _files -/ && found=0 ;;
      :files) compset -P '*='; _files && found=0 ;;
      :json) _files -g '*.json(-.)' && found=0 ;;
      *)
        if [[ $line == *$'\t'* ]]; then
          offered+=("${word//:/\\:}:$about")
        else
          offered+=("${word//:/\\:}")
        fi ;;
    esac
  done
  (( $#offered )) && _describe -V myrmex offered -S "$suffix" && found=0
  return found
}

_myrmex "$@"
