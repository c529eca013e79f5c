#!/bin/bash-static
# SPDX-License-Identifier: GPL-2.0-only
# Debian's bash 5.2, static: what it does beyond a plain shell, and job control without a terminal.
set -o pipefail
part() { echo "# $*"; }

part version
echo "${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]} ${BASH_VERSINFO[5]}"

part arrays
list=(zero one 'two words' three)
list+=(four)
echo "${#list[@]} ${list[2]} ${list[-1]} ${list[@]:1:2} ${!list[@]}"
unset 'list[1]'
echo "${!list[@]}"
declare -A color=([apple]=red [plum]=blue)
color[lime]=green
for key in $(printf '%s\n' "${!color[@]}" | sort); do echo "$key is ${color[$key]}"; done
mapfile -t lines < <(seq 1 1000)
echo "${#lines[@]} ${lines[999]}"
printf -v text '%03d-' 1 2 3
echo "$text"
echo "${text//-/+} ${text^^} ${text:2:4} ${text@Q}"

part matching
[[ 2024-05-06 =~ ^([0-9]+)-([0-9]+) ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
[[ abc == a* && abc < abd ]] && echo patterns
shopt -s extglob nullglob
touch f1 f2 g1 long.name
echo f* !(f*) *.none @(f|g)1
echo {1..5} {a..e..2} x{1,2}y
(( 5 > 3 && (7 & 1) )) && echo arithmetic
for ((i = 0; i < 3; i++)); do printf '%d ' "$i"; done
echo $((2 ** 40)) $((16#ff)) $((i++ + ++i))

part process substitution
diff <(printf '1\n2\n3\n') <(printf '1\n3\n')
paste <(seq 3) <(seq 4 6)
echo teed | tee >(tr a-z A-Z >upper) >/dev/null
sleep 0.2
cat upper
while read -r n; do total=$((total + n)); done < <(seq 1 100)
echo "total $total"
cat <<<"a here string"

part wait -n
(sleep 0.15; exit 3) & (sleep 0.02; exit 4) &
wait -n; echo "first $?"
wait -n; echo "second $?"
wait -n; echo "none $?"
sleep 0.05 & one=$!
(sleep 0.01; exit 9) & two=$!
wait -n -p which "$one" "$two"
echo "status $? right $([[ $which == "$two" ]] && echo yes)"
wait

part job control
set -m
sleep 30 &
job=$!
[[ $(ps -o pid,pgid 2>/dev/null | awk -v p=$job '$1 == p { print $2 }') == "$job" ]] && echo "own group"
kill -STOP %1
for ((i = 0; i < 100; i++)); do jobs -s | grep -q sleep && break; sleep 0.02; done
jobs -s | sed 's/[0-9]\{2,\}//'
bg %1 >/dev/null
jobs -r | grep -c sleep
{ kill %1; wait $job; } 2>/dev/null
echo "ended $?"
set +m

part traps
trap 'echo "error at a line"' ERR
false
trap - ERR
trap 'echo return' RETURN
f() { local v=inner; echo "in ${FUNCNAME[0]} $v"; }
f
trap - RETURN
(trap 'echo caught TERM; exit 5' TERM; kill -TERM $BASHPID; sleep 1)
echo "status $?"
trap 'echo child ended' CHLD
(exit 0)
/bin/true
trap - CHLD

part pipes
false | true | exit 3
echo "${PIPESTATUS[@]}"
true | false | true
echo "pipefail $?"
coproc CAT { cat; }
echo "by coprocess" >&"${CAT[1]}"
read -r -u "${CAT[0]}" answer
echo "$answer"
eval "exec ${CAT[1]}>&-"
wait
exec {fd}>opened
echo "to a numbered file" >&$fd
exec {fd}>&-
cat opened
read -r -t 0.1 nothing < <(sleep 1) || echo "read timed out"
echo $((SECONDS < 30)) "${#RANDOM}" | sed 's/ [0-9]*$/ random/'
timeout 5 /bin/bash-static -c 'ulimit -n 64; ulimit -n; ulimit -c 0; ulimit -c'
/bin/bash-static -c 'exec -a renamed /bin/bash-static -c "echo \$0"'
echo "$(< opened)"
help -s cd
echo end
