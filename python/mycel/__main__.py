"""Entry point of `python -m mycel`: the commands run, opt and loops."""

import sys

from mycel._cli import main

sys.exit(main())
