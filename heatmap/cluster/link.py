"""The way to a Dask scheduler, for who asks it and for who works for it."""

import logging
from typing import Any

from recorder.errors import Unavailable, Unusable
from recorder.settings import Settings

#: For how long a scheduler may not answer, or have no drawer: longer than a restart of either takes.
PATIENCE_SECONDS = 30.0


class Away(Unavailable):
    """The cluster cannot draw now; it may later."""

    code = "cluster_away"


def dask() -> Any:
    """The library, which an extra brings; from here on it says only what is wrong."""
    try:
        import distributed
    except ImportError:
        raise Unusable("YESMAP_DASK_SCHEDULER needs Dask: pip install 'yesmap[cluster]'.") from None
    logging.getLogger("distributed").setLevel(logging.WARNING)
    return distributed


def address(chosen: Settings) -> str:
    """The scheduler's."""
    if chosen.dask_scheduler is None:
        raise Unusable("YESMAP_DASK_SCHEDULER is not set: name the Dask scheduler, such as tls://host:8786.")
    return chosen.dask_scheduler


def security(chosen: Settings) -> Any:
    """What shows each side to the other over `tls://`: certificates of one authority. None over `tcp://`."""
    if not address(chosen).startswith("tls://"):
        return None
    files = {
        "tls_ca_file": chosen.dask_ca,
        "tls_client_cert": chosen.dask_certificate,
        "tls_client_key": chosen.dask_private_key,
        "tls_worker_cert": chosen.dask_certificate,
        "tls_worker_key": chosen.dask_private_key,
    }
    if None in files.values():
        raise Unusable(
            "A tls:// scheduler needs YESMAP_DASK_CA, YESMAP_DASK_CERTIFICATE and YESMAP_DASK_PRIVATE_KEY."
        )
    return dask().Security(require_encryption=True, **{name: str(file) for name, file in files.items()})
