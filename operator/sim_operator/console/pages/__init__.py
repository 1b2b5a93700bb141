"""The pages: HTML from the server, live and comfortable with a small script, whole without it."""
