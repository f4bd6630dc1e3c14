#!/usr/bin/env python3
"""Seeds faults into the verifier's own source, one at a time, and runs its tests against each.

usage: verifier/src/test/scripts/seeded-faults.py [--limit N] [--start K] [--list]

Works on a copy of the tree, so that the checkout stays as it is. A fault is killed if a test
fails, hangs, or the mutated source does not compile; survivors are printed with file, line and
change, and the last line is the share that was killed. Faults that cannot change any result
(equivalent ones) are named, each with its reason, in seeded-faults.equivalent.txt beside this
script as FILE:CODE, CODE being the mutated line without blanks at its ends.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[4]
MAIN = pathlib.Path("verifier/src/main/java/dev/sonde/verifier")
FILES = [
    "domain/Knowledge.java", "domain/Range.java", "domain/Tnum.java", "domain/Comparison.java",
    "domain/Arithmetic.java", "domain/ScalarDomain.java", "domain/Lane.java",
    "certify/Inclusion.java", "certify/IdMatch.java", "certify/Proof.java",
    "certify/Certificate.java", "facts/LoopShapes.java", "facts/LoopBounds.java",
    "facts/FactCollector.java", "require/Region.java", "require/NullChecks.java",
    "require/PointerArithmetic.java", "require/StackMemory.java", "require/ScalarIds.java",
]
# what is replaced, by what: a wrong bound, a dropped clause, the other end, a lost carry, no sync
OPERATORS = [
    (r" <= 0\b", " < 0"), (r" < 0\b", " <= 0"), (r" >= 0\b", " > 0"), (r" > 0\b", " >= 0"),
    (r" && ", " || "), (r"Math\.min\(", "Math.max("), (r"Math\.max\(", "Math.min("),
    (r"(?<![.\w])min\(", "max("), (r"(?<![.\w])max\(", "min("), (r" \+ 1\b", ""), (r" - 1\b", ""),
    (r" >>> ", " >> "), (r"\bsmax\(\)", "smin()"), (r"\bumax\(\)", "umin()"),
    (r" & ~", " & "), (r" != ", " == "),
    (r"^(\s+)(\w+\(\w*(, \w+)*\);)$", r"\1// \2"),
]
TESTS = "TnumTest,ScalarDomainTest,RandomScalarTest,LinuxParityTest,CountedLoopTest,WitnessTest"
PROGRAMS = 500
TIMEOUT_SECONDS = 600


def faults():
    """Yields file, line number, old and new line: every operator at every place."""
    for name in FILES:
        lines = (ROOT / MAIN / name).read_text().splitlines()
        for number, line in enumerate(lines):
            if line.lstrip().startswith(("*", "//", "/*", "import", "package")):
                continue
            for pattern, replacement in OPERATORS:
                new = re.sub(pattern, replacement, line, count=1)
                if new != line:
                    yield name, number, line, new


def equivalents():
    path = pathlib.Path(__file__).with_name("seeded-faults.equivalent.txt")
    if not path.exists():
        return set()
    rows = [row.split("#")[0].strip() for row in path.read_text().splitlines()]
    return {row for row in rows if row}


def is_killed(tree):
    command = ["mvn", "-o", "-q", "-pl", "verifier", "-am", "test", f"-Dtest={TESTS}",
               "-Dsurefire.failIfNoSpecifiedTests=false", f"-Dsonde.programs={PROGRAMS}",
               "-Dsurefire.skipAfterFailureCount=1", "-Dspotless.check.skip=true"]
    try:
        return subprocess.run(command, cwd=tree, capture_output=True,
                              timeout=TIMEOUT_SECONDS).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--limit", type=int, default=150)
    arguments.add_argument("--start", type=int, default=0)
    arguments.add_argument("--list", action="store_true")
    options = arguments.parse_args()
    known = equivalents()
    everything = [f for f in faults() if f"{f[0]}:{f[3].strip()}" not in known]
    stride = max(1, len(everything) // options.limit)
    chosen = everything[options.start::stride][:options.limit]
    if options.list:
        for name, number, old, new in chosen:
            print(f"{name}:{number + 1}: {old.strip()}  =>  {new.strip()}")
        return
    tree = pathlib.Path(tempfile.mkdtemp(prefix="seeded-faults-")) / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "*.jar"))
    survivors = []
    try:
        if is_killed(tree):
            sys.exit("the tests fail without any fault")
        for index, (name, number, old, new) in enumerate(chosen):
            path = tree / MAIN / name
            source = path.read_text()
            lines = source.splitlines(keepends=True)
            lines[number] = new + "\n"
            path.write_text("".join(lines))
            killed = is_killed(tree)
            path.write_text(source)
            if not killed:
                survivors.append(f"{name}:{number + 1}: {old.strip()}  =>  {new.strip()}")
            print(f"{index + 1}/{len(chosen)} {'killed' if killed else 'SURVIVED ' + survivors[-1]}",
                  flush=True)
    finally:
        shutil.rmtree(tree.parent)
    print(*survivors, sep="\n")
    killed = len(chosen) - len(survivors)
    print(f"{killed} of {len(chosen)} killed ({100 * killed / max(1, len(chosen)):.1f} %)")


if __name__ == "__main__":
    main()
