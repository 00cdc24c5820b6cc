"""A program that tells about itself: ``python -m tests.deploy.telling``, perhaps with how it shall end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    print(sys.argv[1:], os.nice(0), os.getsid(0) == os.getpid(), Path("/proc/self/comm").read_text().strip())
    sys.exit(" ".join(sys.argv[1:]) or None)
