#!/bin/zsh-static -f
# SPDX-License-Identifier: GPL-2.0-only
# Debian's zsh, static: arrays, globs, multios, functions, arithmetic, pipes and jobs.
echo $ZSH_VERSION | sed 's/^\(5\)\..*/\1/'
list=(one two three)
echo $list[2] $#list ${list[-1]} ${(j:,:)list} ${(U)list}
typeset -A map
map=(k1 v1 k2 v2)
for k in ${(ko)map}; do echo "$k $map[$k]"; done
echo ${(s:-:):-a-b-c} ${(l:6::0:)42} ${${:-nested}/e/E}
mkdir -p d/e
touch d/a.txt d/b.c d/e/c.txt
print -l d/**/*.txt(N)
print -l d/*(/)
print -l d/*(.)
echo multios >out1 >out2
cat out1 out2
cat < out1 < out2
for i in {1..3}; do echo -n "$i "; done; echo
float x=3.5
(( y = x * 2 ))
printf '%.2f %d\n' $y $(( 2 ** 10 ))
f() { local v=$1; echo "function $v $#"; return 4 }
f a b; echo $?
diff =(echo same) =(echo same) && echo "temporary files equal"
paste <(seq 2) <(seq 3 4)
(sleep 0.02; exit 6) &
wait $!; echo "waited $?"
TRAPUSR1() { echo "trapped USR1" }
kill -USR1 $$
case abc in (a*) echo matched ;; esac
[[ abc == (#s)a?c ]] && echo glob || echo "no glob"
repeat 3 echo -n again,
echo
print -r -- ${(q)${:-a b\$c}}
echo $((RANDOM >= 0)) $(( $(date +%s) > 1000000000 ))
zparseopts -D -E -- a=opt 2>/dev/null || echo "module absent"
true | false | true
echo $pipestatus
setopt extendedglob
echo d/^*.txt
ulimit -n 50 && ulimit -n
exec 3<out1
read -u 3 line
echo $line
always_runs() { { echo try; return 1 } always { echo always } }
always_runs || echo "status kept"
