#!/bin/sh
# Prints what the first program of a fresh JVM costs with the packaged jar: CPU time of verifying a
# tracing tool's program and of compiling a loop's, in three JVMs each; then the second and third time.
#   usage: first.sh        JAVA_HOME chooses the JDK
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
root=../..
for object in $root/verifier/src/test/resources/tools/opensnoop.clang14.v3.o programs/bubble.bpf.o; do
	for i in 1 2 3; do
		"$java" --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED \
			--add-exports=java.base/jdk.internal.access=ALL-UNNAMED $JAVA_OPTIONS -cp target/classes \
			dev.sonde.bench.FirstProgram $root/agent/target/sonde.jar "$object"
	done
done
