# bash completion for myrmex                              -*- shell-script -*-
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# myrmex itself knows what could stand where; bash has the words apart at each “=”.

_myrmex ()
{
  local words=() word about typed prefix='' glue='' i

  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [ ${#words[@]} -gt 0 ] && [ "$word" = = ]; then
      words[-1]+==
      glue=yes
    elif [ -n "$glue" ]; then
      words[-1]+=$word
      glue=''
    else
      words+=("$word")
    fi
  done
  typed=${words[-1]}
  if [[ $typed == *=* ]]; then
    prefix=${typed%"${typed##*=}"}
    typed=${typed##*=}
  fi

  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    case $word in
      :nospace) compopt -o nospace ;;
      :nosort) compopt -o nosort 2>/dev/null ;;
      :folders) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$typed") ;;
      :files) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$typed") ;;
      :json) compopt -o filenames
        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$typed"; compgen -f -X '!*.json' -- "$typed") ;;
      *) COMPREPLY+=("${word#"$prefix"}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
}
complete -F _myrmex myrmex
