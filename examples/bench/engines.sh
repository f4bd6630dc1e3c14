#!/bin/sh
# Prints the table of the engines: ns/run of each program, native (clang -O2), in the kernel's JIT,
# compiled and interpreted by Sonde, the least of several processes; then geometric means, and what
# compiling and entering a program costs. One table for each JDK.
#   usage: engines.sh [PROCESSES [JAVA_HOME...]]        JAVA_HOME chooses the JDK where none is given
# Build the project first (mvn -DskipTests package). The kernel's column needs root.
set -e
cd "$(dirname "$0")"
processes=${1:-5}
[ $# -gt 0 ] && shift
built=target/native
mkdir -p "$built"
cc=$(command -v clang-14 || command -v clang || command -v gcc)
for source in programs/*.bpf.c; do
	name=$(basename "$source" .bpf.c)
	"$cc" -O2 -o "$built/$name" "$source" native/native.c
done
"$cc" -O2 -o "$built/kernel" native/kernel.c
root=../..
classpath=target/classes
for module in jit verifier vm perf-buffer ringbuf; do
	classpath=$classpath:$root/$module/target/classes
done
version=$(sed -n 's:.*<bytebuddy.version>\(.*\)</bytebuddy.version>.*:\1:p' $root/pom.xml)
maven=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
classpath=$classpath:$maven/net/bytebuddy/byte-buddy/$version/byte-buddy-$version.jar
run() { # JAVA MAIN ARGUMENTS
	java=$1 main=$2
	shift 2
	"$java" --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED \
		--add-exports=java.base/jdk.internal.access=ALL-UNNAMED $JAVA_OPTIONS \
		-cp "$classpath" "dev.sonde.bench.$main" "$@"
}
table() { # JAVA
for i in $(seq "$processes"); do
	run "$1" EngineBench programs "$built"
done | awk '
function least(a, b) { return a == "" || b + 0 < a + 0 ? b : a }
{
	if (!($1 in seen)) { order[++n] = $1; seen[$1] = 1 }
	for (i = 2; i <= 5; i++) if ($i != "NaN") best[$1, i] = least(best[$1, i], $i)
}
END {
	printf "| program | clang -O2 | kernel JIT | Sonde JIT | interpreter | JIT / kernel | JIT / clang |\n|---|--:|--:|--:|--:|--:|--:|\n"
	for (k = 1; k <= n; k++) {
		p = order[k]; c = best[p, 2]; r = best[p, 3]; j = best[p, 4]; t = best[p, 5]
		printf "| %s | %.1f | %s | %.1f | %.0f | %s | %.2f |\n", p, c, r == "" ? "-" : sprintf("%.1f", r), j, t, r == "" ? "-" : sprintf("%.2f", j / r), j / c
		if (r != "") { kernel += log(j / r); kernels++ }
		native += log(j / c); interpreted += log(t / c)
	}
	printf "| **geometric mean** | | | | %.1fx clang | **%s** | **%.2f** |\n", exp(interpreted / n), kernels ? sprintf("%.2f", exp(kernel / kernels)) : "-", exp(native / n)
}'
}
[ $# -gt 0 ] || set -- "${JAVA_HOME:-}"
for home in "$@"; do
	java=${home:+$home/bin/}java
	"$java" -version 2>&1 | sed -n 's/.*Runtime.*build \([^)]*\).*/\nJDK \1\n/p'
	table "$java"
	echo
	run "$java" EngineCosts programs "$root/verifier/src/test/resources/tools"
done
