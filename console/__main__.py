"""`python -m console` and the `aoer-console` script."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    from console.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
