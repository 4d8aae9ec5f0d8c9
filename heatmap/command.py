"""The way in of the `yesmap` command: what runs on has its memory overwritten, before anything is loaded into it."""

import sys

from recorder import overwriting

#: Commands that run until they are told to stop. What is over soon gives its memory back whole.
SERVING = {"serve", "demo", "drawer"}


def main() -> None:
    if SERVING & {*sys.argv[1:2]}:
        overwriting.begin()
    from heatmap import cli

    cli.main()


if __name__ == "__main__":
    main()
