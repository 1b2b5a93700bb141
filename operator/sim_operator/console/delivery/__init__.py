"""What the operator delivers for the history: readings, and records of the Data Streamer."""
