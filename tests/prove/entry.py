"""`python -m tests.prove.entry PATCH,PATCH FACE`: a face with these patches, else as it is."""

import runpy
import sys

from tests.prove.mutants import PATCHES

if __name__ == "__main__":
    patches, face = sys.argv[1:3]
    for name in patches.split(","):
        PATCHES[name]()
    sys.argv = [face]
    # As `python -m` does, so that it begins by having its memory overwritten.
    runpy.run_module(face, run_name="__main__", alter_sys=True)
