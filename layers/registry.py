"""Every layer a project may name: found, described and read in one way.

A layer is one module of this folder: its ``Layer``, which describes it, and the function that reads it. Nothing here
loads a heavy library until a file is read.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from geo.crs import LOCAL
from geo.errors import GeoError, listed
from layers.reading.layer import AUDIENCES, Layer

if TYPE_CHECKING:
    from layers.reading.report import ReadReport

# the name in geo.toml, the module, its function that reads a file; a layer stands below those it is checked against
READERS = {
    "wards": "layers.wards.read_wards",
    "lookup": "layers.lookups.read_lookup",
    "incidents": "layers.incidents.read_incidents",
    "communities": "layers.communities.read_communities",
    "focal_points": "layers.focal_points.read_focal_points",
    "engagements": "layers.engagements.read_engagements",
    "attendance": "layers.attendance.read_attendance",
    "priorities": "layers.priorities.read_priorities",
    "surveys": "layers.surveys.read_surveys",
    "registers": "layers.registers.read_registers",
    "queries": "layers.queries.read_queries",
    "posts": "layers.posts.read_posts",
    "deprivation": "layers.deprivation.read_deprivation",
    "context": "layers.context.read_context",
    "streets": "layers.streets.read_streets",
    "workshop_notes": "layers.workshop_notes.read_notes",
}


@dataclass(frozen=True)
class Context:
    """What a reader may want to know beside its file; each takes of it what it has a parameter for.

    ``metric_crs``: the plane of the study, None for the reader's own choice. ``columns``: {layer: {canonical name:
    header}}, as in geo.toml. ``encoding`` of text that is not UTF-8. ``today``: the day after which a date lies in the
    future, None for the real one. ``community_names``: {local word: name of the community}. ``layers``: those read
    before, by name, to check codes and names against (a lookup too). ``zone``: the time zone of the study.
    """

    metric_crs: Any = None
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    encoding: str | None = None
    today: dt.date | None = None
    community_names: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, Any] = field(default_factory=dict)
    zone: str | None = LOCAL

    def having(self, name: str, layer: Any) -> Context:
        """Return this context with one more layer read."""
        return replace(self, layers={**self.layers, name: layer})


def names() -> tuple[str, ...]:
    """Return the names of all layers, each after those it is checked against."""
    return tuple(READERS)


@cache
def layer(name: str) -> Layer:
    """Return the description of a layer; GeoError for an unknown name."""
    module = import_module(_reader_of(name).rpartition(".")[0])
    found = [one for one in vars(module).values() if isinstance(one, Layer) and one.name == name]
    assert found, f"{module.__name__} has no Layer called {name!r}"
    return found[0]


def reader(name: str) -> Callable[..., tuple[Any, ReadReport]]:
    """Return the function that reads a layer."""
    module, _, function = _reader_of(name).rpartition(".")
    read: Callable[..., tuple[Any, ReadReport]] = getattr(import_module(module), function)
    return read


def needs(name: str) -> tuple[str, ...]:
    """Return the layers that the rows of a layer are checked against, where they are there."""
    parameters = inspect.signature(reader(name)).parameters
    return tuple(other for other in READERS if other != name and other in parameters)


def read(name: str, path: Any, context: Context | None = None, **more: Any) -> tuple[Any, ReadReport]:
    """Return a layer as its own reader returns it (a frame; a lookup is its own type), and the report of its rows.

    ``path``: the file, or several for a layer that may have ``many``. ``more``: further keywords of that reader alone,
    such as ``since`` or ``crime_types``. Raises GeoError for an unknown layer, and where the reader does.
    """
    context, read_it = context or Context(), reader(name)
    offered = {
        "metric_crs": context.metric_crs,
        "columns": context.columns.get(name),
        "encoding": context.encoding,
        "today": context.today,
        "community_names": context.community_names or None,
        **context.layers,
    }
    accepted = inspect.signature(read_it).parameters
    given = {key: value for key, value in offered.items() if value is not None and key in accepted}
    from layers.reading.dates import local_time

    with local_time(context.zone):
        return read_it(path, **{**given, **more})


def unused(given: Mapping[str, Any], steps: Mapping[str, Any] | None = None) -> list[str]:
    """Return the layers of ``given`` ({name: path}) that no step uses, or none of ``steps``."""
    wanted = None if steps is None else set(steps)
    return [
        name for name in given if not (layer(name).used_by if wanted is None else wanted & set(layer(name).used_by))
    ]


@cache
def shown(audience: str) -> Mapping[str, frozenset[str]]:
    """Return {layer: columns that a file for ``audience`` may hold}, for layers of which it may hold any.

    ``audience``: public, partner or internal; nothing may be held by a file for anybody else.
    """
    wide = next((one for one in AUDIENCES if one == audience), None)
    found = {} if wide is None else {name: layer(name).shown_to(wide) for name in READERS}
    return {name: columns for name, columns in found.items() if columns}


@cache
def personal() -> frozenset[str]:
    """Return the names of columns that point at a person, which no file that leaves may hold."""
    return frozenset(one.name for name in READERS for one in layer(name).columns if one.personal)


@cache
def counts(kind: str) -> frozenset[str]:
    """Return the names of columns that count ``people``, or what was recorded (``count``)."""
    return frozenset(one.name for name in READERS for one in layer(name).columns if one.kind == kind)


def _reader_of(name: str) -> str:
    if name not in READERS:
        raise GeoError(f"No layer is called {name!r}.", f"There are: {listed(list(READERS), 40)}.")
    return READERS[name]
