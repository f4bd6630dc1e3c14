#!/bin/sh
# Seeds faults into the verifier's own source, one at a time, runs its tests against each, quick ones
# first, until one fails; prints what killed each, then those that are argued to change nothing and
# the survivors. Two JVMs at a time.
#   usage: seeded-faults.sh [COUNT [FIRST [PACKAGE...]]]   150 faults from the first on, evenly spread
#          over the packages, all unless some are named (the top one is "verifier")
set -e
count="${1:-150}" first="${2:-0}"
[ $# -le 2 ] || { shift 2; packages="$*"; }
cd "$(dirname "$0")/../.."
mvn -q -B -o -pl verifier -am test -Dtest=SeededFaultsTest -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.rerunFailingTestsCount=0 \
	-Dsonde.faults="$count" -Dsonde.faults.first="$first" "-Dsonde.faults.in=$packages"
