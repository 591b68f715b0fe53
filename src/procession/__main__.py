"""`python -m procession`."""

from procession.cli.main import main

if __name__ == "__main__":
    main(prog_name="procession")
