"""What a test may need from outside Python's registry, and how to see whether it is here.

`@pytest.mark.needs("pdfsig")`: absent, the test is skipped and listed at the end as "not run
here: needs pdfsig". With CI=true an absence is a failure.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_NODE_MODULES = Path(__file__).parent / "interop" / "node_modules"
_REASON = "not run here: needs "


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _file(*paths: str) -> Callable[[], bool]:
    return lambda: any(Path(path).exists() for path in paths)


def softhsm_module() -> str:
    """Find SoftHSM2's PKCS #11 module, where Debian has it on any architecture."""
    found = [Path("/usr/lib/softhsm/libsofthsm2.so")]
    found += Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")
    return next((str(path) for path in found if path.exists()), "")


def _vectors() -> bool:
    return Path(os.environ.get("CORPID_VECTORS", "unset")).is_dir()


def _may_mount() -> bool:
    """Try it in a mount namespace of its own, which ends with the try."""
    attempt = ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=2m", "try", "/mnt"]
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return False
    return subprocess.run(attempt, check=False, capture_output=True).returncode == 0


PRESENT: dict[str, Callable[[], bool]] = {
    "chromium": _program("chromium"),
    "pdfsig": _program("pdfsig"),
    "certutil": _program("certutil"),
    "openssl": _program("openssl"),
    "qpdf": _program("qpdf"),
    "softhsm": lambda: shutil.which("softhsm2-util") is not None and softhsm_module() != "",
    "haproxy": _program("haproxy", "/usr/sbin/haproxy"),
    "pgbouncer": _program("pgbouncer", "/usr/sbin/pgbouncer"),
    "pkcs11-tool": _program("pkcs11-tool"),
    "msgfmt": _program("msgfmt"),
    "fonts-noto-cjk": _file("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    "node": _program("node"),
    "vectors": _vectors,
    "root": lambda: os.geteuid() == 0,
    "mount": _may_mount,
    # Another account can't run an interpreter in somebody's home.
    "system-python": _program(
        f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    ),
}

RIGHTS = {"mount"}  # given by the machine, which no command of ours can install


def is_present(need: str) -> bool:
    """Look for one need; `npm:NAME` is a client that `npm ci` put below tests/interop."""
    if need.startswith("npm:"):
        installed = _NODE_MODULES / need.removeprefix("npm:") / "package.json"
        return PRESENT["node"]() and installed.is_file()
    if need not in PRESENT:
        raise pytest.UsageError(f"tests/needs.py doesn't know how to look for {need!r}.")
    return PRESENT[need]()


def missing(item: pytest.Item) -> list[str]:
    needs = [str(need) for mark in item.iter_markers("needs") for need in mark.args]
    return [need for need in needs if not is_present(need)]


def refuse_or_skip(item: pytest.Item) -> None:
    absent = missing(item)
    if set(absent) - RIGHTS and os.environ.get("CI") == "true":
        pytest.fail(f"needs {', '.join(absent)}, which CI must have", pytrace=False)
    if absent:
        pytest.skip(_REASON + ", ".join(absent))


def not_run_here(skipped: list[pytest.TestReport]) -> Iterator[str]:
    """Tell, one line for each, what was not run and for want of what."""
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if _REASON in reason:
            yield f"{report.nodeid}: {reason.removeprefix('Skipped: ')}"
