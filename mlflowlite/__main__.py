"""Lets `python -m mlflowlite` do what the console script does."""

from mlflowlite.cli import main

if __name__ == "__main__":
    main()
