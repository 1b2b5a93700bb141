"""The wall clock of periods and guard windows."""
