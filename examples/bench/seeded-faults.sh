#!/bin/sh
# Seeds faults into the verifier's own source, one at a time, runs its tests against each, quick ones
# first, until one fails; prints what killed each, then those that are argued to change nothing and
# the survivors. Two JVMs at a time.
#   usage: seeded-faults.sh [COUNT [FIRST]]      150 faults from the first on, evenly spread
set -e
cd "$(dirname "$0")/../.."
mvn -q -B -o -pl verifier -am test -Dtest=SeededFaultsTest -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.rerunFailingTestsCount=0 \
	-Dsonde.faults="${1:-150}" -Dsonde.faults.first="${2:-0}"
