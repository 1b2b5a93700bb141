"""What the operator delivers: readings for the history, which the console keeps."""
