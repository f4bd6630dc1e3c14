#!/bin/sh
# Prints what the verifier takes: rates over the tracing tools of its tests, the median program, a
# program of 100,000 insns, a rejection at the limit, and the first program of a fresh JVM (wall time).
#   usage: verifier.sh        JAVA_HOME chooses the JDK
#          verifier.sh heap   the smallest heap in which every tool's programs verify, and that in
#                             which their objects are only opened
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
root=../..
classpath=target/classes
for module in verifier vm perf-buffer ringbuf; do
	classpath=$classpath:$root/$module/target/classes
done
run() {
	"$java" --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED \
		--add-exports=java.base/jdk.internal.access=ALL-UNNAMED $JAVA_OPTIONS \
		-cp "$classpath" dev.sonde.bench.VerifierBench "$@"
}
tools=$root/verifier/src/test/resources/tools
if [ "$1" = heap ]; then
	for what in open verify; do
		megabytes=2
		until JAVA_OPTIONS="-XX:+UseSerialGC -Xmx${megabytes}m" run $what "$tools" >/dev/null 2>&1; do
			megabytes=$((megabytes + 1))
			[ $megabytes -le 64 ]
		done
		echo "$what: a heap of $megabytes MB is enough"
	done
	exit
fi
run warm "$tools" verifier/loghist.bpf.o
echo "the first program of a fresh JVM, by sonde prog verify --json:"
for i in 1 2 3; do
	"$java" -jar $root/agent/target/sonde.jar prog verify --json "$tools/opensnoop.clang14.v3.o" |
		awk -F'[:,]' '/time_ns/ { printf "%.1f ms\n", $2 / 1e6; exit }'
done
