"""Start the sample: `python examples/department/app.py --port 8002`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the samples' modules

from department import filling, signing  # noqa: F401  they register the pages
from department.desk import application, place

if __name__ == "__main__":
    application.serve(place.port)
