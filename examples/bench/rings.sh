#!/bin/sh
# Prints what records cost in Sonde's rings, in Agrona's ManyToOneRingBuffer and JCTools' MpscArrayQueue.
#   usage: rings.sh        JAVA_HOME chooses the JDK
# Build the project first (mvn -DskipTests package).
set -e
cd "$(dirname "$0")"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
root=../..
classpath=target/classes
for module in vm perf-buffer ringbuf; do
	classpath=$classpath:$root/$module/target/classes
done
maven=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
for library in org.agrona:agrona:agrona org.jctools:jctools-core:jctools; do
	group=$(echo "$library" | cut -d: -f1 | tr . /)
	artifact=$(echo "$library" | cut -d: -f2)
	property=$(echo "$library" | cut -d: -f3)
	version=$(sed -n "s:.*<$property.version>\(.*\)</$property.version>.*:\1:p" $root/pom.xml)
	classpath=$classpath:$maven/$group/$artifact/$version/$artifact-$version.jar
done
exec "$java" --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED \
	--add-exports=java.base/jdk.internal.access=ALL-UNNAMED --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED \
	$JAVA_OPTIONS -cp "$classpath" dev.sonde.bench.RingBench
