"""Sets the environment before Django's settings are read: a DATA folder of its own that goes with the run."""

import atexit
import os
import shutil
import tempfile

_data = tempfile.mkdtemp(prefix="police110-test-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)

os.environ["DATA"] = _data
os.environ["SANDBOX"] = "1"
os.environ["MODE"] = "local"
os.environ["LOG_LEVEL"] = "WARNING"
