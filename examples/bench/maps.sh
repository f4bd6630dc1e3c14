#!/bin/sh
# Prints what programs pay for maps, and the entry of both engines; JAVA_HOME chooses the JDK.
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
root=../..
classpath=target/classes
for module in jit verifier vm perf-buffer ringbuf; do
	classpath=$classpath:$root/$module/target/classes
done
version=$(sed -n 's:.*<bytebuddy.version>\(.*\)</bytebuddy.version>.*:\1:p' $root/pom.xml)
maven=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
classpath=$classpath:$maven/net/bytebuddy/byte-buddy/$version/byte-buddy-$version.jar
exec "$java" --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED \
	--add-exports=java.base/jdk.internal.access=ALL-UNNAMED -cp "$classpath" dev.sonde.bench.ProgramMapBench
