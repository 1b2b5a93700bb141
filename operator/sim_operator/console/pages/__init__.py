"""The pages: HTML from the server, live and comfortable with a small script, whole without it."""

from fastapi import APIRouter

from sim_operator.console.pages import changing, statics, viewing
from sim_operator.console.pages.route import problem_page, sign_in_page

__all__ = ["problem_page", "routers", "sign_in_page"]


def routers() -> tuple[APIRouter, ...]:
    """What the application includes beside the REST API."""
    return (statics.router, changing.router, viewing.router)
