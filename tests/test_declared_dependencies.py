"""What the code imports stands in pyproject.toml, not only behind somebody else's package."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ["corpid", "authentication", "credentials", "signatures", "prefill"]
OURS = {*PRODUCT, "benchmarks", "examples", "tests", "corp_id", "conftest"}
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*groups: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += [line for line in project["dependency-groups"][group] if isinstance(line, str)]
    return {normal(found.group()) for line in lines if (found := NAME.match(line))}


def imported(folder: str) -> Iterator[tuple[str, str]]:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                yield name.split(".")[0], str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("folder", "groups"),
    [*((folder, ["demo"]) for folder in PRODUCT), ("tests", ["demo", "dev"])],
)
def test_what_is_imported_is_declared(folder: str, groups: list[str]) -> None:
    distributions = packages_distributions()
    known = declared(*groups)

    undeclared = {
        (module, where)
        for module, where in imported(folder)
        if module in distributions
        and module not in OURS
        and module not in sys.stdlib_module_names
        and not known & {normal(name) for name in distributions[module]}
    }

    assert undeclared == set()


def test_the_product_runs_without_the_examples_client() -> None:
    assert "httpx2" not in declared()
    assert "httpx2" in declared("demo")
    assert not [
        where for folder in PRODUCT for module, where in imported(folder) if module == "httpx2"
    ]
