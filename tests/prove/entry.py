"""`python -m tests.prove.entry PATCH,PATCH FACE`: a face with these patches, else as it is."""

import sys
from importlib import import_module

from tests.prove.mutants import PATCHES

if __name__ == "__main__":
    patches, face = sys.argv[1:3]
    for name in patches.split(","):
        PATCHES[name]()
    sys.argv = [face]
    import_module(f"{face}.__main__").main()
