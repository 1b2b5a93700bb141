"""Changes that a person makes: as that person, and never against the Git repository of a SIM."""
