#!/bin/sh
# Prints what an agent costs at the start of a small service (JDK HttpServer, H2, one probe on every
# statement): CPU time of the process and resident memory, the least of several starts; then how long
# the first class takes to weave, an attach to a running JVM, and one to thousands of classes.
#   usage: startup.sh [STARTS [alone]]        JAVA_HOME chooses the JDK; alone: without the peers
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
starts=${1:-5}
among=${2:-peers}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
. ./peers.sh
agent=$PWD/../../agent/target/sonde.jar
work=target/startup
mkdir -p "$work"
classpath=target/classes:$peers/h2.jar
startup=dev.sonde.bench.probed.Startup
counter=$PWD/probes/counter.bpf.o
config() { # NAME TARGETS
	printf 'session: %s\nobjects:\n  - file: %s\n    programs: [{name: count, attach: [%s]}]\nexport: {console: off}\n' \
		"$1" "$counter" "$2" >"$work/$1.yaml"
}
config one 'methodret/org.h2.jdbc.JdbcStatement.execute*Internal, methodret/org.h2.jdbc.JdbcStatement.executeQuery'
config work 'method/dev.sonde.bench.probed.Methods.work'
config entries '"method/org.h2.*.*", "method/com.sun.org.apache.*.*"'
config returns '"methodret/org.h2.*.*", "methodret/com.sun.org.apache.*.*"'

: >"$work/figures"
measure() { # NAME OPTIONS MODE
	name=$1
	"$java" $2 -cp "$classpath" $startup $3 2>"$work/err" >"$work/out" || { cat "$work/out" "$work/err"; exit 1; }
	awk -v name="$name" 'NF == 2 && $1 ~ /_/ { print name "/" $1, $2 }' "$work/out" >>"$work/figures"
}
for i in $(seq "$starts"); do
	measure none "" serve
	measure sonde "-javaagent:$agent=$work/one.yaml" serve
	if [ "$among" = peers ]; then
		[ "$version" != 17 ] || measure btrace "$(btrace TimeCalls)" serve
		measure otel-methods "$otel_methods -Dotel.traces.exporter=none" serve
		measure otel-default "$otel -Dotel.traces.exporter=none" serve
	fi
	measure none "" load
	measure sonde "-javaagent:$agent=$work/work.yaml" load
done

awk '
!($1 in least) { order[++n] = $1; least[$1] = $2 }
$2 < least[$1] { least[$1] = $2 }
END {
	printf "| agent | CPU ms | of no agent | resident MiB | more | ready ms |\n|---|--:|--:|--:|--:|--:|\n"
	for (i = 1; i <= n; i++) {
		split(order[i], part, "/")
		if (part[2] != "cpu_ms") continue
		a = part[1]; cpu = least[a "/cpu_ms"]; rss = least[a "/rss_mib"]
		printf "| %s | %.0f | %.2f | %.0f | %+.0f | %.0f |\n", a, cpu, cpu / least["none/cpu_ms"], rss, rss - least["none/rss_mib"], least[a "/ready_ms"]
	}
	printf "\nfirst woven class: loaded and called in %.1f ms, unwoven in %.1f ms\n", least["sonde/load_ms"], least["none/load_ms"]
}' "$work/figures"

# A running JVM with thousands of classes: attach to one place, then to all entries, or all returns, of
# all methods of all of them, again in a new JVM, since the first time is the slow one.
attach() { # NAME: wall time of the command, then the longest pause of the JVM meanwhile
	echo >&9
	begin=$(date +%s%N)
	"$java" -jar "$agent" attach "$held" -c "$work/$1.yaml" --json >"$work/$1.json"
	end=$(date +%s%N)
	echo >&9
	sleep 0.2
	places=$(sed -n 's/.*"matches" : \([0-9]*\).*/\1/p' "$work/$1.json" | awk '{ n += $1 } END { print n }')
	echo "attach to $places $1: $(((end - begin) / 1000000)) ms, longest pause $(tail -n 1 "$work/held" | cut -d' ' -f2) ms"
	"$java" -jar "$agent" detach "$held" >/dev/null
}
for all in entries returns; do
	rm -f "$work/in"
	mkfifo "$work/in"
	"$java" -XX:+IgnoreUnrecognizedVMOptions -XX:+EnableDynamicAgentLoading -Xmx512m -cp "$classpath" \
		$startup hold <"$work/in" >"$work/held" 2>"$work/err" &
	held=$!
	exec 9>"$work/in"
	trap 'kill $held 2>/dev/null' EXIT
	until grep -q classes "$work/held"; do sleep 0.1; done
	sleep 1
	grep classes "$work/held"
	attach one
	attach one
	attach $all
	attach $all
	exec 9>&-
	kill $held 2>/dev/null
	wait $held 2>/dev/null || true
done
