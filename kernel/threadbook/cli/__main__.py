"""Runs the command line where its script is not on PATH: `python -m threadbook.cli`."""

from threadbook.cli.app import main

if __name__ == "__main__":
    main()
