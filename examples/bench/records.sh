#!/bin/sh
# Shows whether reading keeps up with kernel records: a C program on one core writes at a pace, a JVM on the
# other traces sys_enter_write of it and runs a program on each record. Prints what was made, read and lost, and
# the CPU time that the JVM took while it read.
#   usage: records.sh [RATE [SECONDS]]        as root; JAVA_HOME chooses the JDK
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
rate=${1:-200000} seconds=${2:-5}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=target/records
mkdir -p "$work"
rm -f "$work/go" "$work/in"
mkfifo "$work/go" "$work/in"
cc -O2 -o "$work/pace" native/pace.c
taskset -c 0 "$work/pace" "$rate" "$seconds" <"$work/go" >"$work/made" &
pace=$!
exec 3>"$work/go"
cat >"$work/records.yaml" <<EOF
objects:
  - file: $PWD/probes/writes.bpf.o
    programs: [{name: on_write, scope: "pid:$pace"}]
export: {console: summary, metrics: [{map: writes, kind: counter, name: writes, unit: call}]}
EOF
taskset -c 1 "$java" "-javaagent:$PWD/../../agent/target/sonde.jar=$work/records.yaml" \
	-cp target/classes dev.sonde.bench.probed.Waiting <"$work/in" >"$work/out" 2>&1 &
jvm=$!
exec 4>"$work/in"
until grep -q ready "$work/out"; do sleep 0.1; done
ticks() { awk '{ print $14 + $15 }' "/proc/$jvm/stat"; }
before=$(ticks)
echo go >&3
wait "$pace"
sleep 1 # what is in the rings is read
after=$(ticks)
exec 4>&-
wait "$jvm"
awk -v cpu="$(((after - before) * 1000 / $(getconf CLK_TCK)))" -v seconds="$seconds" '
FNR == NR { made = $1; rate = $2; next }
/ key=0$/ { read = $1 } / key=1$/ { disordered = $1 }
/reason=kernel rings full/ { lost = $1 }
END {
	gsub(",", "", read); gsub(",", "", disordered); gsub(",", "", lost)
	printf "made %d, %d/s; read %d; lost %d; out of order %d; CPU time of the JVM %d ms of %d s\n",
		made, rate, read, lost, disordered, cpu, seconds
	if (read + disordered + lost != made) { print "they do not add up"; exit 1 }
}' "$work/made" "$work/out"
