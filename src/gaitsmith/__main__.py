"""``python -m gaitsmith``."""

from gaitsmith.cli import main

if __name__ == "__main__":
    main()
