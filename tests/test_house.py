"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["corpid", "authentication", "signatures", "prefill", "credentials"]
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}
FRAMEWORKS = {"django", "rest_framework", "celery"}
LAYERED = ("api", "web", "services", "management", "migrations", "models")
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "importlinter"
    ]["contracts"]
}


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def modules(folder: str) -> list[Path]:
    return [path for path in tracked(f"{folder}/**.py") if "migrations" not in path.parts]


def layer_of(dotted: str) -> int:
    """Number the layer of a module: 0 is the top."""
    for number, line in enumerate(CONTRACTS["apps"]["layers"]):
        for name in line.split(" | "):
            if dotted == name or dotted.startswith(name + "."):
                return number
    raise LookupError(dotted)


def our_models() -> Iterator[Any]:
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.split(".")[0] in PACKAGES:
            yield model


def test_no_relation_between_models_points_up() -> None:
    ours = set(our_models())
    for model in ours:
        for field in model._meta.get_fields():  # noqa: SLF001  Django's documented _meta
            target = field.related_model if field.is_relation and field.concrete else None
            if target is not None and target in ours:
                assert layer_of(model.__module__) <= layer_of(target.__module__), (
                    f"{model.__name__}.{field.name} points up to {target.__name__}"
                )


def test_no_model_sorts_itself_or_overrides_save() -> None:
    for model in our_models():
        if model.__module__.endswith(".account"):  # Django's own account base has a save
            continue
        assert not model._meta.ordering, model  # noqa: SLF001  Django's documented _meta
        assert "save" not in vars(model), model


@pytest.mark.parametrize("package", PACKAGES)
def test_there_are_no_drawers(package: str) -> None:
    names = {
        part
        for path in modules(package)
        for part in path.relative_to(ROOT).with_suffix("").parts
    }

    assert names & DRAWERS == set()


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def protocol_modules() -> Iterator[str]:
    """Name the bottom layers inside each app: what is neither door, service, model nor data."""
    for contract in CONTRACTS.values():
        if not contract["id"].startswith("inside-"):
            continue
        (app,) = contract["containers"]
        for name in re.findall(r"\w+", contract["layers"][-1]):
            if (ROOT / app / name).is_dir() or (ROOT / app / f"{name}.py").is_file():
                yield f"{app}.{name}"


def test_every_protocol_module_is_held_pure() -> None:
    held = set(CONTRACTS["pure"]["source_modules"])

    assert {name for name in protocol_modules() if name not in held} == set()


def test_every_app_has_its_inner_layers() -> None:
    held = {name for name in CONTRACTS if name.startswith("inside-")}

    assert held >= {f"inside-{app}" for app in PACKAGES if app != "corpid"}


def service_modules() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in modules(package)
        if "services" in path.parts and path.name != "__init__.py"
    ]


def public_functions(path: Path) -> list[ast.FunctionDef]:
    return [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_a_service_module_holds_one_public_function_of_its_own_name() -> None:
    for path in service_modules():
        assert [function.name for function in public_functions(path)] == [path.stem], path


def test_services_take_what_they_need_by_name() -> None:
    for path in service_modules():
        for function in public_functions(path):
            if function.name == path.stem:
                by_place = [argument.arg for argument in function.args.args]
                assert len(by_place) <= 1, f"{path}: {function.name} takes {by_place} by place"
                assert function.args.kwarg is None, path


def test_a_todo_names_its_issue() -> None:
    for path in tracked("*.py", "*.html", "*.js", "*.css", "Makefile", ".ci/run"):
        if "vendor" in path.parts or path == Path(__file__):
            continue
        for line in path.read_text().splitlines():
            assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))", line), (
                f"{path}: {line}"
            )


def test_nothing_in_the_tree_tells_of_one_machine() -> None:
    for path in tracked("*"):
        if path.suffix in {".mo", ".png", ".otf", ".ttf", ".pdf"} or path == Path(__file__):
            continue
        text = path.read_text(errors="ignore")
        assert "/work/" not in text, path
        assert "/root/" not in text.replace("under /root", ""), path


def test_no_registry_address_stands_in_a_lock_file() -> None:
    for path in tracked("requirements/*.lock", "**/package-lock.json"):
        assert "://" not in re.sub(r'"(url|funding)": "[^"]*"', "", path.read_text()), path
