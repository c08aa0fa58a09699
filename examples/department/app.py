"""Start the sample: `python examples/department/app.py --port 8002`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # where the samples' modules are

from department.service import serve  # noqa: E402  found by the line above

if __name__ == "__main__":
    serve()
