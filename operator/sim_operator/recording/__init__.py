"""What was read of the SIMs' use, delivered to the process that keeps the history.

Best effort: nothing waits for it, and nothing is lost by it that 1NCE still knows. There is no
state of its own: whoever keeps the history says what it lacks, and that is read again. Records of
the Data Streamer go along, which nobody can read again: they are only the finer view of the days.
"""
