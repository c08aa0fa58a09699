"""A port is a set's own from the moment it is claimed, not only once something listens."""

import socket
import subprocess
import sys

from corpid.embedded.ports import Ports
from corpid.embedded.roles import ROOT

WISHED = 18700
CLAIMANT = f"""
from corpid.embedded.ports import Ports
ports = Ports()
print(ports.claim({WISHED}), flush=True)
input()
"""


def claim_in_another_process() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CLAIMANT],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_sets_that_start_at_one_moment_claim_ports_of_their_own() -> None:
    claimants = [claim_in_another_process() for _ in range(6)]

    claimed = [int(each.stdout.readline()) for each in claimants if each.stdout is not None]
    for each in claimants:
        each.communicate("\n")

    assert len(set(claimed)) == len(claimants)


def test_a_claimed_port_is_free_again_when_its_process_is_killed() -> None:
    claimant = claim_in_another_process()
    assert claimant.stdout is not None
    port = int(claimant.stdout.readline())
    ours = Ports()

    beside = ours.claim(port)
    claimant.kill()
    claimant.communicate()
    after = ours.claim(port)
    ours.close()

    assert beside > port
    assert after == port


def test_a_port_that_listens_on_one_loopback_address_alone_is_not_claimed() -> None:
    ours = Ports()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]

        claimed = ours.claim(port)
    ours.close()

    assert claimed > port
