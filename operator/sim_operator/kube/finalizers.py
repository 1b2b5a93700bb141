"""Our finalizers, added and removed without touching anybody else's.

Each patch is bound to the resourceVersion that it was computed from: the list of finalizers is sent
whole, and must not undo what another controller did meanwhile.
"""

from sim_operator.domain.resources import Meta
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import FIELD_MANAGER, JSON_PATCH, ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.records import meta as read_meta
from sim_operator.kube.store import Store

_READ_AGAIN = 2


class Finalizers:
    """Adds and removes finalizers; the store learns the answers."""

    def __init__(self, api: ApiClient, store: Store) -> None:
        """`store` takes in what the API server answers."""
        self._api = api
        self._store = store

    async def add(self, kind: str, meta: Meta, finalizer: str) -> bool:
        """Add it; False where the object is gone or being deleted: it has none then.

        Raises:
            ApiError: it is not known to be there.
        """
        return await self._settle(kind, meta, finalizer, wanted=True)

    async def remove(self, kind: str, meta: Meta, finalizer: str) -> None:
        """Remove it; an object that does not have it, or is gone, is fine.

        Raises:
            ApiError: it may still be there.
        """
        await self._settle(kind, meta, finalizer, wanted=False)

    async def _settle(self, kind: str, meta: Meta, finalizer: str, *, wanted: bool) -> bool:
        current: Meta | None = meta
        for attempt in range(_READ_AGAIN + 1):
            if current is None or current.uid != meta.uid:
                return False
            if (finalizer in current.finalizers) is wanted:
                return wanted
            if wanted and current.deleted_at is not None:
                return False
            try:
                return await self._patch(kind, current, finalizer, wanted=wanted)
            except ApiError as error:
                if error.not_found:
                    return False
                if error.status not in (409, 422) or attempt == _READ_AGAIN:
                    raise
            current = await self._read(kind, meta)
        return False

    async def _patch(self, kind: str, meta: Meta, finalizer: str, *, wanted: bool) -> bool:
        others = [one for one in meta.finalizers if one != finalizer]
        finalizers = [*others, finalizer] if wanted else others
        answer = await self._api.request(
            "PATCH",
            KINDS[kind].item(meta.key),
            query={"fieldManager": FIELD_MANAGER},
            body=[
                {"op": "test", "path": "/metadata/resourceVersion", "value": meta.resource_version},
                {"op": "add", "path": "/metadata/finalizers", "value": finalizers},
            ],
            content_type=JSON_PATCH,
        )
        after = read_meta(answer.body)
        if after.deleted_at is not None and not after.finalizers:
            # That was the last one: the API server has deleted the object with this very patch.
            self._store.drop(kind, meta.key, meta.uid)
        else:
            self._store.observe(kind, answer.body)
        return wanted

    async def _read(self, kind: str, meta: Meta) -> Meta | None:
        try:
            answer = await self._api.request("GET", KINDS[kind].item(meta.key))
        except ApiError as error:
            if error.not_found:
                return None
            raise
        self._store.observe(kind, answer.body)
        return read_meta(answer.body)
