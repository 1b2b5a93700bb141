"""HTTP servers in the event loop of the operator, with bounds on their `connections`."""

from sim_operator.serving.application import bare_application
from sim_operator.serving.connections import Bounds
from sim_operator.serving.server import LoopServer, ServingError

__all__ = ["Bounds", "LoopServer", "ServingError", "bare_application"]
