"""The program in docs/integrators/sign-in.md does what the page says, as it stands there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.journeys.portal import Portal
from tests.running import Product

GUIDE = Path(__file__).parents[2] / "docs" / "integrators" / "sign-in.md"


def test_the_program_of_the_guide_signs_a_director_in(running: Product, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    script = tmp_path / "first_login.py"
    script.write_text(program)
    sandbox = running.sandbox
    (person,) = [one for one in sandbox["persons"] if one["name_en"] == "Ho Wai Kit"]
    portal = Portal(sandbox["base_url"])

    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ISSUER": sandbox["issuer"]},
    ) as first_login:
        assert first_login.stdout is not None
        word, address = first_login.stdout.readline().split()
        page = portal.sign_in(person, page=portal.open(address))
        returned = page.press("Continue")
        httpx2.get(returned.url)
        said = first_login.stdout.read()
    portal.http.close()

    assert word == "Open"
    assert first_login.returncode == 0
    claims, end = json.JSONDecoder().raw_decode(said)
    assert claims["corp"]["names"]["en"] == "Golden Harvest Trading Limited"
    assert claims["rep"]["capacity"] == "director"
    assert said[end:].strip() == "1 companies"
