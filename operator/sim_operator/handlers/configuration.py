"""Kopf's own settings: lifecycle only, nothing watched and nothing stored on objects."""

import kopf

from sim_operator.api.names import GROUP


def settings() -> kopf.OperatorSettings:
    """Kopf's settings for this operator."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    # No kind is handled by kopf, so that it need not look for kinds and namespaces either.
    chosen.scanning.disabled = True
    # Kopf takes its finalizer off whatever carries it: it must not be one of ours.
    chosen.persistence.finalizer = f"{GROUP}/kopf"
    chosen.process.ultimate_exiting_timeout = 20.0
    return chosen
