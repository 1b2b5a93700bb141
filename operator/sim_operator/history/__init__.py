"""What was: the use of every SIM by day, and what happened to it, in a database."""
