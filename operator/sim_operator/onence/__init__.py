"""The edge to 1NCE: the only part that knows its URLs and its JSON."""
