"""The report: a table for the terminal, JSON for machines, a picture for people."""

import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from benchmarks.measuring import JudgedBy, Measured, Sample

_TEN, _HUNDRED = 10, 100
_AT_LEAST_FOR_QUANTILES = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One case: measured, or why not."""

    name: str
    title: str
    measured: Measured | None = None
    reason: str = ""

    @property
    def is_good(self) -> bool:
        return self.measured is not None and self.measured.is_within_bar


def table(rows: Sequence[Row]) -> str:
    heading = (
        f"{'case':<14} {'CPU ms':>9} {'/s':>8} {'p50 ms':>8} {'p95':>8} {'p99':>8}"
        f" {'floor ms':>9} {'ratio':>8}  beside a comparison of"
    )
    lines = [heading]
    for row in rows:
        if row.measured is None:
            lines.append(f"{row.name:<14} not measured: {row.reason}")
            continue
        facts = _facts(row.measured.subject)
        floor = median(map(row.measured.case.judged_by.of, row.measured.comparison))
        lines.append(
            f"{row.name:<14} {facts['cpu_ms']:>9.3f} {facts['per_second']:>8.1f}"
            f" {_ms(facts['p50_ms'])} {_ms(facts['p95_ms'])} {_ms(facts['p99_ms'])}"
            f" {floor:>9.4f} {_ratio(row.measured.ratio):>8}"
            f"  {row.measured.case.comparison.name}"
            f"{'' if row.measured.case.judged_by is JudgedBy.CPU else ' (p50)'}"
            f"{'' if row.measured.is_within_bar else '  OVER ITS BAR'}"
        )
    return "\n".join(lines)


def write(rows: Sequence[Row], folder: Path, *, settings: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "machine": {
            "cpu": _cpu_name(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "kernel": platform.release(),
            "load": os.getloadavg(),  # what else ran meanwhile
        },
        "settings": settings,
        "rows": [_document(row) for row in rows],
    }
    (folder / "report.json").write_text(json.dumps(document, indent=2) + "\n")
    _picture(rows).save(folder / "report.png")


def _document(row: Row) -> dict[str, Any]:
    if row.measured is None:
        return {"case": row.name, "title": row.title, "not_measured": row.reason}
    return {
        "case": row.name,
        "title": row.title,
        "ratio": row.measured.ratio,
        "ratios": row.measured.ratios,
        "bar": row.measured.case.bar,
        "judged_by": row.measured.case.judged_by.value,
        "subject": {"name": row.measured.case.subject.name, **_facts(row.measured.subject)},
        "comparison": {
            "name": row.measured.case.comparison.name,
            **_facts(row.measured.comparison),
        },
    }


def _facts(samples: Sequence[Sample]) -> dict[str, Any]:
    latencies = sorted(latency for sample in samples for latency in sample.latencies)
    percentiles = _percentiles(latencies)
    beside = {
        name: median(1000 * sample.beside[name] / sample.good for sample in samples)
        for name in samples[0].beside
    }
    return {
        "cpu_ms": median(sample.cost for sample in samples),
        "per_second": median(sample.good / sample.seconds for sample in samples),
        "good": sum(sample.good for sample in samples),
        "cpu_ms_beside": beside,
        **percentiles,
    }


def _percentiles(latencies: Sequence[float]) -> dict[str, float | None]:
    if len(latencies) < _AT_LEAST_FOR_QUANTILES:
        return {"p50_ms": None, "p95_ms": None, "p99_ms": None}
    cuts = quantiles(latencies, n=_HUNDRED, method="inclusive")
    return {f"p{p}_ms": 1000 * cuts[p - 1] for p in (50, 95, 99)}


def _ratio(value: float) -> str:
    """Write small ones closely: some bars lie between 1 and 2."""
    return f"{value:.1f}x" if value >= _TEN else f"{value:.2f}x"


def _ms(value: float | None) -> str:
    return f"{'-':>8}" if value is None else f"{value:>8.2f}"


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


_WIDTH, _ROW_HEIGHT, _LEFT, _TOP = 960, 56, 130, 70
_INK, _PALE, _SUBJECT, _BAR = "#1d1d1f", "#d8dce2", "#1f5f99", "#b3261e"


def _picture(rows: Sequence[Row]) -> Image.Image:
    """Draw one bar a case on a logarithmic scale: how many times its comparison it costs."""
    image = Image.new("RGB", (_WIDTH, _TOP + _ROW_HEIGHT * len(rows) + 30), "white")
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(20), ImageFont.load_default(14)
    draw.text((20, 16), "CPU per operation, times its comparison", _INK, large)
    largest = max((row.measured.ratio for row in rows if row.measured), default=10.0)
    decades = max(1, math.ceil(math.log10(max(largest, 1.01))))
    scale = (_WIDTH - _LEFT - 160) / decades
    for decade in range(decades + 1):
        x = _LEFT + decade * scale
        draw.line((x, _TOP - 12, x, image.height - 24), _PALE)
        draw.text((x - 10, image.height - 22), f"{10**decade}x", _INK, small)
    for number, row in enumerate(rows):
        y = _TOP + number * _ROW_HEIGHT
        draw.text((20, y + 4), row.name, _INK, small)
        if row.measured is None:
            draw.text((_LEFT + 6, y + 4), f"not measured: {row.reason}", _BAR, small)
            continue
        length = max(0.0, math.log10(max(row.measured.ratio, 1.0))) * scale
        draw.rectangle((_LEFT, y, _LEFT + max(length, 2), y + 22), _SUBJECT)
        draw.text((_LEFT + length + 8, y + 2), f"{row.measured.ratio:.1f}x", _INK, small)
        draw.text((_LEFT + 2, y + 26), row.measured.case.comparison.name, "#5b6068", small)
        if row.measured.case.bar is not None:
            x = _LEFT + math.log10(max(row.measured.case.bar, 1.0)) * scale
            draw.line((x, y - 6, x, y + 28), _BAR, 3)
    return image
