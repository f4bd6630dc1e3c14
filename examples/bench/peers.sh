# Sourced by probes.sh and startup.sh: fetches the peers from Maven Central into target/peers, once,
# and compiles the BTrace scripts. BTrace runs on 17, and only with these packages open.
opens="--add-opens java.base/java.lang=ALL-UNNAMED"
for package in jdk.internal.reflect jdk.internal.perf jdk.internal.misc sun.security.action; do
	opens="$opens --add-opens java.base/$package=ALL-UNNAMED --add-exports java.base/$package=ALL-UNNAMED"
done
mkdir -p target/peers
for artifact in io.btrace:btrace-agent:2.2.6 io.btrace:btrace-boot:2.2.6 io.btrace:btrace-client:2.2.6 \
	io.opentelemetry.javaagent:opentelemetry-javaagent:2.33.1 com.h2database:h2:2.3.232; do
	name=$(echo "$artifact" | cut -d: -f2)
	[ -e "target/peers/$name.jar" ] || mvn -q -f pom.xml \
		org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy -Dartifact="$artifact" \
		-DoutputDirectory=target/peers -Dmdep.stripVersion=true
done
peers=$PWD/target/peers
version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
[ -e "$peers/TimeCalls.class" ] || [ "$version" != 17 ] ||
	"$java" $opens -cp "$peers/btrace-client.jar:$peers/btrace-agent.jar:$peers/btrace-boot.jar" \
		org.openjdk.btrace.compiler.Compiler -d "$peers" -cp "$peers/btrace-boot.jar" \
		peers/CountCalls.java peers/TimeCalls.java

btrace() { # SCRIPT: the options that run it
	echo "$opens -javaagent:$peers/btrace-agent.jar=script=$peers/$1.class,stdout=true,noServer=true,bootClassPath=$peers/btrace-boot.jar"
}
otel="-javaagent:$peers/opentelemetry-javaagent.jar -Dotel.metrics.exporter=none -Dotel.logs.exporter=none"
otel_methods="$otel -Dotel.instrumentation.common.default-enabled=false -Dotel.instrumentation.methods.enabled=true \
	-Dotel.instrumentation.methods.include=dev.sonde.bench.probed.Methods[work]"
