"""The one table of command lines: what each process of Corp ID runs.

`make run` starts the table's processes, docker-compose.yml repeats the lines of production (a
test compares them), and a test starts each. Differences between places (addresses, ports,
secrets) are in the environment, never in a command line.
"""

import enum
import signal
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
JOB_QUEUES = ("sign", "verify", "retrieve", "notify", "mail")
WEB_PORT = 8000


class Wait(enum.Enum):
    """When a process counts as started."""

    HEALTHZ = "its web server answers /healthz"
    HEARTBEAT = "its queues have a worker"
    LISTENING = "its port accepts connections"
    NOTHING = "at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A process.

    `python` at the head of its command is the interpreter of its place; `$NAME` in it is read
    from the environment.
    """

    name: str
    command: tuple[str, ...]
    wait: Wait = Wait.NOTHING
    port_variable: str | None = None  # where it learns its own port
    url_variable: str | None = None  # where the others learn its address
    is_sandbox_only: bool = False
    signal_at_parents_death: signal.Signals = signal.SIGTERM


def _worker(name: str, *queues: str, processes: int) -> Role:
    return Role(
        name=name,
        command=(
            *("python", "-m", "celery", "--app", "corpid", "worker"),
            *("--queues", ",".join(queues), "--hostname", f"{name}@%h"),
            *("--concurrency", str(processes), "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle"),
        ),
        wait=Wait.HEARTBEAT,
    )


WEB = Role(
    name="web",
    command=("python", "-m", "corpid.web_server"),
    wait=Wait.HEALTHZ,
    port_variable="GRANIAN_PORT",
    url_variable="BASE_URL",
)
WORKER = _worker("worker", *JOB_QUEUES, processes=2)
# Two: while one waits for a place of checkpoints that hangs, the other seals the audit log.
HOUSEKEEPER = _worker("housekeeper", "housekeeping", processes=2)
BEAT = Role(
    name="beat", command=("python", "-m", "celery", "--app", "corpid", "beat", "--pidfile=")
)
# Run once before the others, as the owner of the tables.
PREPARE = Role(name="prepare", command=("python", "manage.py", "prepare"))

SANDBOX = (
    Role(
        name="registers",
        command=(
            *("python", "-m", "corpid.demonstration.registers"),
            *("--port", "$REGISTERS_PORT"),
        ),
        wait=Wait.LISTENING,
        port_variable="REGISTERS_PORT",
        url_variable="REGISTERS_URL",
        is_sandbox_only=True,
    ),
    Role(
        name="department",
        command=("python", "examples/department/app.py"),
        wait=Wait.LISTENING,
        port_variable="DEPARTMENT_PORT",
        url_variable="DEPARTMENT_URL",
        is_sandbox_only=True,
    ),
    Role(
        name="bank",
        command=("python", "examples/bank/app.py"),
        wait=Wait.LISTENING,
        port_variable="BANK_PORT",
        url_variable="BANK_URL",
        is_sandbox_only=True,
    ),
    Role(
        name="witness",
        command=(
            *("python", "examples/witness/witness.py", "--name", "corpid.sandbox/witness"),
            *("--state", "$CORPID_VAR/witness", "--port", "$WITNESS_PORT"),
            *("--first-keys-from", "$BASE_URL/audit/public-key"),
        ),
        wait=Wait.LISTENING,
        port_variable="WITNESS_PORT",
        url_variable="WITNESS_URL",
        is_sandbox_only=True,
    ),
)


def roles_of_a_laptop() -> list[Role]:
    """Return what `make run` keeps running: one worker serves every job queue."""
    return [WEB, WORKER, HOUSEKEEPER, BEAT, *(role for role in SANDBOX if _is_here(role))]


def roles_of_production() -> list[Role]:
    """Return what docker-compose.yml runs: each queue has a worker of its own."""
    workers = [_worker(f"worker-{queue}", queue, processes=2) for queue in JOB_QUEUES]
    return [WEB, *workers, HOUSEKEEPER, BEAT]


def _is_here(role: Role) -> bool:
    """Say whether the program of a role stands in this tree."""
    match role.command:
        case ("python", "-m", module, *_):
            return ROOT.joinpath(*module.split("."), "__main__.py").exists()
        case _:
            return (ROOT / role.command[1]).exists()
