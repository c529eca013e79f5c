#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# Debian's busybox at work: its shell and its applets. What it prints depends on nothing but the
# system calls, so that the host's Linux and a guest must agree; what the machine decides
# (processes, memory, mounts) is looked at here and printed as "ok" or with what was wrong.

part() { echo "# $*"; }

expect() {	# expect NAME PATTERN TEXT: the text has a line that matches
	if echo "$3" | grep -Eq "$2"; then
		echo "$1 ok"
	else
		echo "$1 wrong, no line like $2:"
		echo "$3" | head -5
	fi
}

part variables and arithmetic
a=5 b=3
echo $((a + b)) $((a * b)) $((a / b)) $((a % b)) $((a << b)) $((a > b ? 10 : 20)) $(((a & b) | 8)) $((-7 / 2))
i=0 sum=0
while [ $i -lt 1000 ]; do
	i=$((i + 1))
	sum=$((sum + i))
done
echo "sum $sum"
path=/usr/lib/libexample.so.1.2
echo "${path##*/} ${path%/*} ${path#/usr} ${path%%.*} ${#path} ${unset:-default} ${path:5:3}"
set -- one "two three" four
echo $# "$2" "$*"
shift 2
echo "$@"
for word in a{1,2} '*' "$(echo nested "$(echo twice)")"; do echo "word $word"; done
case hello.c in *.h) echo header ;; *.[co]) echo source ;; *) echo other ;; esac
fib() { if [ "$1" -lt 2 ]; then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
fib 9
readonly fixed=1
(fixed=2) 2>/dev/null || echo "readonly holds"
eval 'echo evaluated $((1 + 1))'
printf '%05d|%-6s|%x|%c|%s\n' 42 left 255 char "the end"
IFS=: read -r first second rest <<END
one:two:three:four
END
echo "$first $second $rest"

part here-documents and redirection
cat <<END
a is $a and $((a * 2)) and $(echo command)
END
cat <<'END'
a is $a
END
cat <<-END
	tabs are gone
	END
echo out >file
echo more >>file
cat <file
{ echo to stdout; echo to stderr >&2; } 2>&1 | sort
echo "swapped" 3>&1 >&2 2>&3 | cat
exec 5>fd5
echo through five >&5
exec 5>&-
cat fd5
echo gone 2>/dev/null >&5 || echo "closed five"
: >empty
wc -c <empty
set -C
echo clobber 2>/dev/null >file || echo "noclobber holds"
set +C
echo binary | tr 'a-y' 'b-z' | od -c | head -2

part pipes and status
true | false | true
echo $?
(exit 7)
echo $?
! true
echo $?
false || echo or
true && echo and
yes | head -n 1000 | wc -l
seq 1 20000 | while read -r n; do [ "$n" = 15000 ] && echo "found $n" && break; done
(set -e; false; echo not reached)
echo "after set -e: $?"
(set -u; echo "$nothing_here") 2>/dev/null
echo "after set -u: $?"
sh -c 'kill -9 $$'
echo "killed: $?"
sh -c 'kill -TERM $$' || echo "terminated: $?"
nosuchcommand 2>/dev/null
echo "missing: $?"
./file 2>/dev/null
echo "not executable: $?"

part background jobs and traps
sleep 0.05 &
first=$!
(sleep 0.02; exit 5) &
second=$!
wait $second
echo "second: $?"
wait $first
echo "first: $?"
wait 99999 2>/dev/null
echo "no child: $?"
trap 'echo got USR1' USR1
kill -USR1 $$
trap - USR1
(trap 'echo leaving' EXIT; echo inside)
(trap 'echo terminated; exit 3' TERM; kill -TERM "$(exec sh -c 'echo $PPID')"; sleep 1; echo not reached)
echo "trap status $?"
trap '' INT
kill -INT $$
echo "INT ignored"
trap - INT
sleep 100 &
kill %1
wait $! 2>/dev/null
echo "job killed: $?"
for n in 1 2 3 4 5 6 7 8; do (echo "$((n * n))" >"part$n") & done
wait
cat part1 part2 part3 part4 part5 part6 part7 part8 | tr '\n' ' '
echo
timeout 0.2 sleep 10
echo "timeout: $?"
timeout 5 true
echo "in time: $?"
timeout -s KILL 0.1 sh -c 'trap "" TERM; while :; do :; done'
echo "timeout with KILL: $?"

part files and folders
mkdir -p tree/one/two tree/three
echo alpha >tree/a.txt
echo beta >tree/one/b.txt
echo gamma >tree/one/two/c.dat
ln -s a.txt tree/link
ln tree/a.txt tree/three/hard
find tree | sort
find tree -name '*.txt' -type f -exec cat {} + | sort
find tree -type l -o -links 2 -type f | sort
find tree -size -2 -name '*.dat' -print0 | xargs -0 cat
find tree -type d -empty
ls -1F tree
ls -l tree | awk 'NR > 1 { print $1, $2, $3, $4, $5, $NF }' | sort
stat -c '%n %F %a %h %s' tree tree/a.txt tree/link | sed 's/ [0-9]*$//'
readlink tree/link
readlink -f tree/one/../link | sed 's|.*/tree|tree|'
chmod 640 tree/a.txt
chmod u+x,o=r tree/one/b.txt
stat -c '%a' tree/a.txt tree/one/b.txt
touch -d '2020-01-02 03:04:05' tree/a.txt
date -u -r tree/a.txt '+%Y-%m-%d %H:%M:%S'
[ tree/one/b.txt -nt tree/a.txt ] && echo newer
cp -r tree copy
diff -r tree copy && echo "copies are equal"
echo changed >copy/a.txt
diff -u tree/a.txt copy/a.txt | tail -n 3
cmp tree/a.txt copy/a.txt | sed 's/ differ.*/ differ/'
mv copy/one copy/moved
rm -r copy/moved
ls copy
rmdir tree 2>/dev/null || echo "rmdir refuses"
rm -rf copy
test -e copy || echo "copy is gone"
du -s tree | awk '{ print ($1 > 0) }'
mkfifo pipe
(echo through the pipe >pipe) &
cat pipe
wait
mktemp -d ./temp.XXXXXX | sed 's/\..\{6\}$/.XXXXXX/'
basename /a/b/c.txt .txt
dirname /a/b/c.txt
pwd | sed 's|.*/||'
cd tree/one && pwd | sed 's|.*/tree|tree|'
cd - >/dev/null

part text
seq 1 10 | sed -n '3,5p;$p'
echo 'the quick brown fox' | sed -e 's/\([a-z]*\) \([a-z]*\)/\2 \1/' -e 'y/abc/ABC/'
printf 'one\ntwo\nthree\n' | sed '/two/{i\
before
a\
after
}'
seq 1 100 | awk '{ s += $1; q[$1 % 7]++ } END { print s, NR; for (i = 0; i < 7; i++) printf "%d ", q[i]; print "" }'
awk 'BEGIN { printf "%.6f %s %d\n", 22 / 7, toupper("shout"), length("four"); print substr("abcdef", 2, 3) }'
printf 'k1 5\nk2 3\nk1 7\n' | awk '{ t[$1] += $2 } END { for (k in t) print k, t[k] }' | sort
printf 'pear\napple\nfig\n' | sort -r
printf '10\n9\n2\n33\n' | sort -n | tr '\n' ,
echo
printf 'b 2\na 3\nc 1\n' | sort -k2,2n
printf 'x\nx\ny\nx\n' | uniq -c | awk '{ print $1, $2 }'
printf 'a:b:c\nd:e:f\n' | cut -d: -f1,3
printf 'lower' | tr 'a-z' 'A-Z'
echo
printf '1\n2\n3\n' | paste -d+ -s | tr -d '\n'
echo
printf 'some text to count\nin two lines\n' | wc
echo abcdef | rev
seq 5 | tac | tr '\n' ' '
echo
printf 'root:x:0\nuser:x:1000\n' | grep -c '^u'
printf 'Foo\nbar\n' | grep -in FOO
printf 'a1\nb2\n' | grep -oE '[0-9]'
printf 'keep\ndrop\n' | grep -v drop
grep -r gamma tree
grep -q nothing tree/a.txt || echo "grep says no"
echo 'expression' | fold -w 4
expr 6 \* 7
echo '2 ^ 100; scale = 10; 22 / 7' | bc 2>/dev/null || echo "no bc"
dc -e '6 7 * p' 2>/dev/null || echo "no dc"
factor 1234567
echo hello | md5sum
echo hello | sha256sum
echo hello | sha512sum | cut -c 1-40
printf '%s' 'base sixty-four' | base64
printf '%s' YmFzZQ== | base64 -d
echo
printf 'abc' | hexdump -C | head -1
cal 2 2024 | head -3 | tail -2
date -u -d @1000000000 '+%a %b %e %H:%M:%S %Y'

part a megabyte
awk 'BEGIN { s = 42; for (i = 0; i < 90000; i++) { s = (s * 16807) % 2147483647; print s } }' >numbers
wc -l numbers
sort -n numbers >sorted
sort -n -c sorted && echo "in order"
md5sum sorted
sort numbers | md5sum
sort -u numbers | wc -l
for n in 0 1 2 3 4 5 6 7 8 9; do dd if=sorted of=piece.$n bs=100k skip=$n count=1 2>/dev/null; done
cat piece.* | cmp - sorted && echo "split and joined"
gzip -c sorted >sorted.gz
gunzip -c sorted.gz | cmp - sorted && echo "gzip round trip"
bzip2 -c file | bunzip2 -c | cmp - file && echo "bzip2 round trip"
tar cf all.tar tree sorted
mkdir out
tar xf all.tar -C out
cmp out/sorted sorted && diff -r tree out/tree && echo "tar round trip"
tar czf all.tar.gz tree
tar tzf all.tar.gz | sort
echo tree | cpio -o -H newc 2>/dev/null | cpio -t 2>/dev/null
dd if=/dev/zero of=zeros bs=4096 count=100 2>/dev/null
dd if=sorted of=cut bs=1000 skip=3 count=5 2>/dev/null
dd if=cut of=zeros bs=1 seek=100 count=50 conv=notrunc 2>/dev/null
wc -c zeros cut
md5sum zeros cut
dd if=/dev/zero bs=1k count=64 2>/dev/null | md5sum
head -c 1000 /dev/urandom | wc -c
truncate -s 1M hole
md5sum hole
seq 1 500 | xargs -n 50 echo | wc -l
seq 1 20 | xargs -P 4 -n 1 sh -c 'echo $(($0 * 2))' | sort -n | tr '\n' ' '
echo
seq 3 | tee copy1 | cat - copy1 >/dev/null
cmp copy1 - <<END && echo "tee kept it"
1
2
3
END

part the machine
expect uname "^Linux .* $(uname -m)" "$(uname -srm)"
expect ps '^ *PID +USER +.*COMMAND' "$(ps | head -1)"
expect "ps finds itself" " ps$| \{?ps" "$(ps)"
expect "ps -o" "^ *$$ " "$(ps -o pid,ppid,comm)"
expect "ps sees process 1" '^ *1 ' "$(ps -o pid,stat)"
expect top 'Mem: [0-9]+K used, [0-9]+K free' "$(top -b -n 1)"
expect "top's processes" '^ *[0-9]+ +[0-9]+ .* top -b' "$(top -b -n 1)"
expect "load" '^Load average: [0-9.]+ [0-9.]+ [0-9.]+' "$(top -b -n 1)"
expect uptime 'load average: [0-9.]+, ' "$(uptime)"
expect free '^Mem: +[0-9]+ +[0-9]+ +[0-9]+' "$(free)"
expect mount ' on /proc type proc ' "$(mount)"
expect "df of a file system" ' [0-9]+% /' "$(df -a)"
expect "df of /dev" ' /dev' "$(df -a)"
expect id '^uid=0\(root\) gid=0\(root\)' "$(id)"
expect whoami '^root$' "$(whoami)"
expect nproc '^[0-9]+$' "$(nproc)"
expect hostname '.' "$(hostname)"
expect pidof '[0-9]' "$(sleep 5 & usleep 200000; pidof sleep; kill $!)"
expect "kill -l" '^.*(15|TERM)' "$(kill -l)"
expect "time" '^real' "$(time sleep 0.01 2>&1)$( (time sleep 0.01) 2>&1)"
expect date '^20[0-9][0-9]$' "$(date +%Y)"
expect "ulimit" '^[0-9]+$' "$(ulimit -n)"
expect "limits hold" '[Tt]oo many|[Nn]o file' "$( (ulimit -n 5; cat 3<file 4<file 5<file file) 2>&1)"
expect tty 'not a tty' "$(tty 2>&1)"
expect dmesg '^' "$(dmesg 2>&1 | head -1)"
mkdir mounted
mount -t tmpfs -o size=1m none mounted
expect "a new mount" " on .*/mounted type tmpfs" "$(mount)"
dd if=/dev/zero of=mounted/big bs=64k count=32 2>&1 | grep -o 'No space.*'
umount mounted
ls mounted | wc -l
renice -n 5 $$ >/dev/null 2>&1
awk '{ print $19 }' /proc/self/stat
env -i ONLY=this env
which cat | sed 's|.*/||'
su user -c id 2>/dev/null | cut -d' ' -f1 || echo "no su"
chroot / echo in a chroot
usleep 1000 && echo "slept"
setsid sh -c 'echo a session of its own'
nohup echo not hung up 2>/dev/null
echo the end
