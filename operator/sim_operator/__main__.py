"""`python -m sim_operator`: the same as the command `sim-operator`."""

from sim_operator.cli import main

if __name__ == "__main__":
    main()
