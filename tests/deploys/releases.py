"""Releases that never were: copies of the code, each one schema change further.

A column is added, filled and required in three releases, as CONTRIBUTING.md asks for.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpid.embedded.roles import ROOT

TABLE = "signatures_signaturerequest"
_MODEL = Path("signatures/models/request.py")
_MODEL_LINE = "    objects = SignatureRequestQuerySet.as_manager()\n"
_TRACE = Path("corpid/api/middleware.py")
_TRACE_LINE = '        put_header(response, "x-trace-id"'
_HEAD = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"

Step = Literal["add", "fill", "require", "add and require at once"]
IN_ORDER: tuple[Step, ...] = ("add", "fill", "require")
_FIELD = "CharField(max_length=20{null})"
_ADD = f"""migrations.AddField(
            "signaturerequest", "channel", models.{_FIELD.format(null=", null=True")}
        )"""
_CONSTRAINT = "signature_request_has_a_channel"
_OPERATIONS: dict[Step, list[str]] = {
    "add": [_ADD],
    "fill": [
        f"""migrations.RunSQL(
            "UPDATE {TABLE} SET channel = 'api' WHERE channel IS NULL"
        )""",  # noqa: S608  our own
        # What gave up waiting has left an invalid index behind.
        f"""migrations.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS signature_request_channel",
                "CREATE INDEX CONCURRENTLY signature_request_channel ON {TABLE} (channel)",
            ]
        )""",
    ],
    "require": [
        f"""migrations.RunSQL(
            "ALTER TABLE {TABLE} ADD CONSTRAINT {_CONSTRAINT}"
            " CHECK (channel IS NOT NULL) NOT VALID"
        )""",
        f'migrations.RunSQL("ALTER TABLE {TABLE} VALIDATE CONSTRAINT {_CONSTRAINT}")',
        f"""migrations.AlterField(
            "signaturerequest", "channel", models.{_FIELD.format(null="")}
        )""",
    ],
    "add and require at once": [
        f"""migrations.RunSQL(
            "ALTER TABLE {TABLE} ADD COLUMN channel text NOT NULL DEFAULT 'none'"
        )""",
        f'migrations.RunSQL("ALTER TABLE {TABLE} ALTER COLUMN channel DROP DEFAULT")',
    ],
}


@dataclass(frozen=True, slots=True)
class Release:
    number: int
    folder: Path


def first_release(parent: Path) -> Release:
    """Copy what the image would hold (see Dockerfile)."""
    folder = parent / "release-0"
    copied = re.findall(r"^COPY (\S+) \1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name in copied:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy2(ROOT / "manage.py", folder)
    _replace(
        folder / _TRACE, _TRACE_LINE, '        response["X-Release"] = "0"\n' + _TRACE_LINE
    )
    return Release(0, folder)


def next_release(before: Release, step: Step) -> Release:
    """Copy a release and take one step with the schema and the code that uses it."""
    number = before.number + 1
    folder = before.folder.with_name(f"release-{number}")
    shutil.copytree(before.folder, folder)
    _replace(folder / _TRACE, f'"X-Release"] = "{before.number}"', f'"X-Release"] = "{number}"')
    if step == "add":  # and from now on written
        field = '    channel = models.CharField(max_length=20, null=True, default="api")\n'
        _replace(folder / _MODEL, _MODEL_LINE, field + _MODEL_LINE)
    if step == "require":
        _replace(folder / _MODEL, "max_length=20, null=True, default", "max_length=20, default")
    for operation in _OPERATIONS[step]:
        _write_migration(folder / "signatures" / "migrations", operation)
    return Release(number, folder)


def _write_migration(folder: Path, operation: str) -> None:
    last = max(path.stem for path in folder.glob("0*.py"))
    name = f"{int(last[:4]) + 1:04d}_of_the_drill"
    atomic = "    atomic = False\n" if "CONCURRENTLY" in operation else ""
    (folder / f"{name}.py").write_text(
        f'{_HEAD}{atomic}    dependencies = [("signatures", "{last}")]\n'
        f"    operations = [\n        {operation},\n    ]\n"
    )


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new))
