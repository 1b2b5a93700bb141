"""The chart on a real node, from the first install to the last uninstall."""
