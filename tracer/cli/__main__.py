"""`python -m tracer.cli` is `mailtracer`."""

import sys

from tracer.cli import main

sys.exit(main())
