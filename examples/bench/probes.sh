#!/bin/sh
# Prints what one call of a traced method costs, in ns, the least of several processes: untraced, under
# Sonde's probes, BTrace's and OpenTelemetry's. Each probe must show that it fired, or the run ends.
#   usage: probes.sh [PROCESSES]        JAVA_HOME chooses the JDK
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
processes=${1:-3}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
. ./peers.sh
agent=$PWD/../../agent/target/sonde.jar
work=target/probes
mkdir -p "$work"
for name in counter latency record largering stack; do
	case $name in
	record | largering) shown="records: [{map: calls, name: call, type: call}]" ;;
	latency) shown="metrics: [{map: latency, kind: histogram, name: latency, unit: ns}]" ;;
	*) shown="metrics: [{map: calls, kind: counter, name: calls, unit: call}]" ;;
	esac
	printf 'session: %s\nobjects: [{file: %s}]\nexport: {console: summary, %s}\n' \
		"$name" "$PWD/probes/$name.bpf.o" "$shown" >"$work/$name.yaml"
done
many='[1-9][0-9]?[0-9]?,[0-9]{3}' # a count of thousands in Sonde's summary
methods=dev.sonde.bench.probed.Methods
# The heap is touched before, as that of a service is which has run for a while: the kernel takes 2 us for a page
# at its first use, and the garbage of each stack is a sixth of one.
options="-Xms512m -Xmx512m -XX:+AlwaysPreTouch -XX:CompileCommand=quiet"
for method in work timed leaf; do
	options="$options -XX:CompileCommand=dontinline,$methods::$method"
done

# run NAME FIRED OPTIONS CASES...: FIRED is a pattern that the output must hold
run() {
	name=$1 fired=$2 with=$3
	shift 3
	"$java" $options $with -cp target/classes $methods "$@" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
	grep -Eq "$fired" "$work/out" || { echo "$name: its probe did not fire"; cat "$work/out"; exit 1; }
	awk -v name="$name" '/^(work|timed|depth20|depth100) / { print name "/" $1, $2 }' "$work/out" >>"$work/figures"
}

# Of a ring that was full for a while the least batch is the cheapest drop, not the cheapest record: every
# record must have been read, and all that were made accounted for. The small ring holds three of its batches
# and stays in the processor's cache, the large one seven of its own, whose memory the cache has lost in between.
small=300
large=2000
none_lost() { # NAME BATCH
	counted=$(awk '/records.read/ { getline; gsub(",", "", $1); got = $1 } /records.lost/ { getline; gsub(",", "", $1); lost = $1 }
		END { print got + 0, lost + 0 }' "$work/out")
	read -r got lost <<-END
		$counted
	END
	[ $((got + lost)) = $((800 * $2)) ] || { echo "$1: $got read and $lost lost, want $((800 * $2)) in all"; exit 1; }
	[ "$lost" = 0 ] || { echo "$1: $lost records found the ring full, want 0: is the machine busy?"; exit 1; }
}

: >"$work/figures"
# Spans are costly to print: that OpenTelemetry's probe fires is seen in a run of its own.
"$java" $otel_methods -Dotel.traces.exporter=console -cp target/classes dev.sonde.bench.probed.Startup load \
	>"$work/out" 2>&1
grep -q "'Methods.work'" "$work/out" || { echo "OpenTelemetry's probe did not fire"; exit 1; }
for i in $(seq "$processes"); do
	run untraced end "" work timed depth20 depth100
	run counter "$many" "-javaagent:$agent=$work/counter.yaml" work
	run latency "$many" "-javaagent:$agent=$work/latency.yaml" work
	for ring in "record $small" "largering $large"; do
		set -- $ring
		batches="-Ddev.sonde.bench.pause=10 -Ddev.sonde.bench.calls=$2"
		run "untraced-$1" end "$batches" work
		run "$1" "$many" "-javaagent:$agent=$work/$1.yaml $batches" work
		none_lost "$1" "$2"
	done
	run stack "$many" "-javaagent:$agent=$work/stack.yaml" depth20 depth100
	if [ "$version" = 17 ]; then
		run btrace-counter 'fired [1-9]' "$(btrace CountCalls)" work
		run btrace-latency '@@@' "$(btrace TimeCalls)" work
	fi
	run otel-methods end "$otel_methods -Dotel.traces.exporter=none" work
done
awk '
!($1 in least) { order[++n] = $1; least[$1] = most[$1] = $2 }
$2 < least[$1] { least[$1] = $2 }
$2 > most[$1] { most[$1] = $2 }
END {
	printf "| probe | ns a call, least of each process | above, least |\n|---|--:|--:|\n"
	for (i = 1; i <= n; i++) {
		split(order[i], part, "/")
		alike = "untraced-" part[1] "/" part[2] # in batches as short, as long asleep before
		base = (alike in least) ? least[alike] : least["untraced/" part[2]]
		if (part[1] ~ /latency/) base = least["untraced/timed"]
		printf "| %s, %s | %.2f to %.2f | %s |\n", part[1], part[2], least[order[i]], most[order[i]], part[1] ~ /^untraced/ ? "" : sprintf("%.2f", least[order[i]] - base)
	}
}' "$work/figures"
