"""What the app costs, each figure beside its floor in the same run: `make bench`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's: two threads wait for each other where other work has a core
