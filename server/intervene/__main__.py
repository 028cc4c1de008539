"""`python -m intervene`, the same as the command `intervene`."""

from intervene.start import main

if __name__ == "__main__":
    main()
