"""The pages: HTML from the server, live and comfortable with a small script, whole without it."""

from fastapi import APIRouter


def routers() -> tuple[APIRouter, ...]:
    """What the application includes beside the REST API."""
    return ()
