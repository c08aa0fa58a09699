"""`python -m benchmarks`: measure, print the table, write build/bench/."""

import argparse
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import NotMeasured, Void, measure_in_turn
from benchmarks.product import ROOT, Product, started
from benchmarks.report import Row, table, write

# Each is a module of benchmarks.cases with TITLE and prepare(product).
CASES = (
    "empty_view",
    "sign_in",
    "token",
    "sign",
    "verify",
    "prefill",
    "issue",
    "sd_jwt_issue",
    "sd_jwt_verify",
    "audit",
    "audit_chain",
    "job_start",
)
# What takes many minutes to prepare is measured when it is named.
LONG_CASES = ("audit_full",)


def main() -> int:
    options = _read_options()
    rows = []
    with _product(options.state) as product:
        product.enter()
        for name in options.cases:
            row = _measure(name, product, options)
            print(table([row]).splitlines()[1], flush=True)
            rows.append(row)
    settings = {name: vars(options)[name] for name in ("rounds", "seconds", "warm_up")}
    write(rows, options.out, settings=settings)
    print(f"\n{table(rows)}\n\nWritten to {options.out}: report.json, report.png")
    return 0 if all(row.is_good for row in rows) else 1


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", default=CASES, help=", ".join(CASES + LONG_CASES))
    parser.add_argument("--rounds", type=int, default=5, help="of each side (default: 5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="a round of a side lasts")
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds before, each side")
    parser.add_argument("--smoke", action="store_true", help="one short round: does it run?")
    parser.add_argument("--state", type=Path, help="of a product that runs already")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args()
    unknown = set(options.cases) - {*CASES, *LONG_CASES}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if options.smoke:
        options.rounds, options.seconds, options.warm_up = 1, 0.3, 0.1
    return options


@contextmanager
def _product(state: Path | None) -> Iterator[Product]:
    if state is not None:
        yield Product(state)
        return
    with started(ROOT / "build" / "bench" / "var") as product:
        yield product


def _measure(name: str, product: Product, options: argparse.Namespace) -> Row:
    module = importlib.import_module(f"benchmarks.cases.{name}")
    try:
        measured = measure_in_turn(
            module.prepare(product),
            rounds=options.rounds,
            seconds=options.seconds,
            warm_up=options.warm_up,
        )
    except (NotMeasured, Void) as reason:
        return Row(name, module.TITLE, reason=f"{reason}")
    return Row(name, module.TITLE, measured)


if __name__ == "__main__":
    sys.exit(main())
