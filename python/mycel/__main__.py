"""`python -m mycel run file.mir` and `python -m mycel opt --passes=a,b file.mir`."""

import sys

from mycel._cli import main

sys.exit(main())
