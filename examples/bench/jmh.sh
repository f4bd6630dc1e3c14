#!/bin/sh
# Under JMH: the programs of programs/ on Sonde's engines, five processes each (EngineJmh), and records of 64 bytes in
# Sonde's ring, Agrona's and JCTools', three processes each (RingJmh).
#   usage: jmh.sh [JMH OPTIONS]     e.g. jmh.sh EngineJmh -p engine=jit -p program=fib -f 1
#                                        jmh.sh RingJmh
# Build the project first (mvn -DskipTests package). JAVA_HOME chooses the JDK.
set -e
cd "$(dirname "$0")"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
root=../..
maven=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
classpath=target/classes
for module in jit verifier vm perf-buffer ringbuf; do
	classpath=$classpath:$root/$module/target/classes
done
version() { sed -n "s:.*<$1.version>\(.*\)</$1.version>.*:\1:p" $root/pom.xml; }
classpath=$classpath:$maven/net/bytebuddy/byte-buddy/$(version bytebuddy)/byte-buddy-$(version bytebuddy).jar
classpath=$classpath:$maven/org/openjdk/jmh/jmh-core/$(version jmh)/jmh-core-$(version jmh).jar
classpath=$classpath:$maven/org/agrona/agrona/$(version agrona)/agrona-$(version agrona).jar
classpath=$classpath:$maven/org/jctools/jctools-core/$(version jctools)/jctools-core-$(version jctools).jar
for jar in "$maven"/net/sf/jopt-simple/jopt-simple/*/*.jar "$maven"/org/apache/commons/commons-math3/*/*.jar; do
	classpath=$classpath:$jar
done
exec "$java" -cp "$classpath" org.openjdk.jmh.Main "$@"
