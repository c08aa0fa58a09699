"""Write the register simulator's data file, from the same facts as our database."""

from pathlib import Path

from corpid.demonstration.invention.facts import InventedWorld
from corpid.demonstration.register_data import describe_world
from corpid.demonstration.sandbox_secrets import write_privately


def write_register_data(world: InventedWorld, *, path: Path) -> None:
    """Write it unless it is there: the registers' facts do not change with our restarts."""
    if not path.exists():
        write_privately(path, describe_world(world))
