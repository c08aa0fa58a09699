"""Where the servers' data lie: in the state folder, or where their account can reach."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from corpid.embedded.accounts import Account, account_for_servers
from corpid.embedded.binaries import SHARED_FOLDER, refuse_folder_of_others

DATA_PREFIX = "corpid-data-"
LABEL = "belongs-to"  # the state folder, and the digest of its secrets
_LONGEST_PARENT = 40  # a socket's whole path has 107 bytes at most


def temporary_parent() -> Path:
    """Return a folder for temporary ones that is short and open to the servers' account."""
    wanted = Path(tempfile.gettempdir())
    if len(str(wanted)) <= _LONGEST_PARENT and account_for_servers().can_write(wanted):
        return wanted
    return Path("/tmp")  # noqa: S108  # its users make folders with mkdtemp


def place_for_data(state: Path, account: Account) -> Path:
    """Return a folder that the servers' account may write to, the same one at every start.

    A state folder below a closed one (a clone in /root) can't serve another account. Its data
    then lie in /var/tmp, in a folder named by a digest and labelled with the state folder's
    secrets: whoever deletes the state folder begins anew, as with data inside it.
    """
    inside = state / "data"
    inside.mkdir(exist_ok=True)
    account.owns(inside)
    if account.can_write(inside):
        return inside
    inside.rmdir()
    outside = place_outside(state)
    digest = hashlib.sha256((state / "secrets.json").read_bytes()).hexdigest()
    label = f"{state.resolve()}\n{digest}\n"
    if outside.exists():
        refuse_folder_of_others(outside)
        if (outside / LABEL).read_text() != label:
            shutil.rmtree(outside)
    if not outside.exists():
        outside.mkdir(mode=0o711)
        (outside / LABEL).write_text(label)
    within = outside / "data"
    within.mkdir(exist_ok=True)
    account.owns(within)
    return within


def place_outside(state: Path) -> Path:
    digest = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]
    return SHARED_FOLDER / f"{DATA_PREFIX}{digest}"
