"""Start the sample: `python examples/bank/app.py --port 8003`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the samples' modules

from bank.counter import application, place

if __name__ == "__main__":
    application.serve(place.port)
