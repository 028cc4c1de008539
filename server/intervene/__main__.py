"""`python -m intervene`, the same as the command `intervene`."""

from intervene.cli import main

if __name__ == "__main__":
    main(prog_name="intervene")
