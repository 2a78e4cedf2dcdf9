"""``python -m tracksam`` is the command line."""

from tracksam.cli import main

main()
