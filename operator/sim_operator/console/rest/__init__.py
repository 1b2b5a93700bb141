"""The REST API: what a program, or the script of a page, asks the console."""
