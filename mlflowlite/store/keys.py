"""The names of metrics, params and tags, interned: each is stored once per experiment.

An id never changes its name, so both directions are cached in the process. A transaction that has made
new ones caches nothing from then on: it may yet be undone, and its ids given to other names.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from mlflowlite.db import BulkInsert, Database

_CACHE_LIMIT = 100_000
_INSERT = BulkInsert("keys", {"experiment_id": "bigint", "name": "text"}, "(experiment_id, name) DO NOTHING")


class _Cache:
    """The interned names one process knows of one database."""

    def __init__(self) -> None:
        self.ids: dict[tuple[int, str], int] = {}
        self.names: dict[int, str] = {}

    def add(self, experiment_id: int, key_id: int, name: str) -> None:
        if len(self.names) >= _CACHE_LIMIT:
            # New dictionaries instead of clear(): another thread may be looking something up.
            self.ids, self.names = {}, {}
        self.ids[experiment_id, name] = key_id
        self.names[key_id] = name


_caches: WeakKeyDictionary[Database, _Cache] = WeakKeyDictionary()


def _cache_of(db: Database) -> _Cache:
    cache = _caches.get(db)
    return cache if cache is not None else _caches.setdefault(db, _Cache())


def intern_key(db: Database, experiment_id: int, name: str) -> int:
    """The id of one name, made if it is new. Call within a write transaction."""
    key_id = _cache_of(db).ids.get((experiment_id, name))
    return key_id if key_id is not None else intern_keys(db, experiment_id, [name])[name]


def intern_keys(db: Database, experiment_id: int, names: Iterable[str]) -> dict[str, int]:
    """The ids of names, made where they are new. Call within a write transaction."""
    ids = _cache_of(db).ids
    wanted = set(names)
    known = {name: ids[experiment_id, name] for name in wanted if (experiment_id, name) in ids}
    unknown = sorted(wanted - known.keys())
    if unknown:
        known.update(_read(db, experiment_id, unknown, remember=not db.made_keys))
        new = [name for name in unknown if name not in known]
        if new:
            db.note_made_keys()
            db.insert_many(_INSERT, [(experiment_id, name) for name in new])
            known.update(_read(db, experiment_id, new, remember=False))
    return known


def find_key(db: Database, experiment_id: int, name: str) -> int | None:
    """The id of a name; None when nothing in the experiment has it."""
    key_id = _cache_of(db).ids.get((experiment_id, name))
    return key_id if key_id is not None else _read(db, experiment_id, [name], remember=False).get(name)


def key_names(db: Database, ids: Iterable[int]) -> dict[int, str]:
    """The names of these ids."""
    cache = _cache_of(db)
    wanted = set(ids)
    names = {key_id: cache.names[key_id] for key_id in wanted if key_id in cache.names}
    unknown = wanted - names.keys()
    if unknown:
        for key_id, experiment_id, name in db.rows(
            f"SELECT id, experiment_id, name FROM keys WHERE {db.any_of('id')}",
            (db.array(unknown),),
        ):
            names[key_id] = name
            # A reader sees committed rows only, except inside a write transaction of its own.
            if not db.writing:
                cache.add(experiment_id, key_id, name)
    return names


def _read(db: Database, experiment_id: int, names: list[str], *, remember: bool) -> dict[str, int]:
    found = {
        name: int(key_id)
        for key_id, name in db.rows(
            f"SELECT id, name FROM keys WHERE experiment_id = ? AND {db.any_of('name')}",
            (experiment_id, db.array(names)),
        )
    }
    if remember:
        cache = _cache_of(db)
        for name, key_id in found.items():
            cache.add(experiment_id, key_id, name)
    return found
