import argparse
import sys
from collections import Counter

from tests.chaos.house import House
from tests.chaos.load import Load
from tests.chaos.troubles import happen
from tests.chaos.verdict import Verdict, judge
from tests.serving.conftest import wait_until


def run(database: str, seconds: float, slack: float = 1.0) -> Verdict:
    with House(database) as house:
        load = Load(house)
        load.run()
        times = happen(house, load.began, seconds)
        wait_until(house.is_ready, 20)
        load.stop()
        verdict = judge(load, times, slack)
        if not house.processes("granian") or not house.processes("worker"):
            verdict.faults.append("A process did not come back.")
        verdict.lines += [
            "",
            f"{len(load.acknowledged)} users acknowledged, {len(load.merged)} merged",
            house.said.read_text(),
        ]
        return verdict


def main() -> int:
    ask = argparse.ArgumentParser()
    ask.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    ask.add_argument("--seconds", type=float, default=240)
    args = ask.parse_args()
    verdict = run(args.database, args.seconds)
    print("\n".join(verdict.lines))
    print(f"{len(verdict.faults)} faults", *verdict.faults[:40], sep="\n  ")
    kinds = Counter(
        " ".join(fault.split()[:1] + fault.split(":", 1)[-1].split("(")[0].split()) for fault in verdict.faults
    )
    print(*(f"{count:6} {kind}" for kind, count in kinds.most_common(20)), sep="\n")
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
