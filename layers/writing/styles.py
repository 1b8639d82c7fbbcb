"""How a GeoPackage looks when it is opened: styles and labels for QGIS, and columns in words.

A style lies in the file itself (the table ``layer_styles``, which QGIS reads by itself), with the words for columns.
These stand in the schema extension of GeoPackage too (``gpkg_data_columns``), for other programs that read it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from layers.libraries import gpd
from layers.reading.vector import STYLES

_MOMENT = "2000-01-01T00:00:00.000Z"
# of the pages' palette: red for hot spots, blue for what falls, grey for what is only context
_RED, _BLUE, _GREY, _GREEN, _WHITE = "178,24,43", "33,102,172", "110,110,110", "27,120,55", "255,255,255"


class Rule(NamedTuple):
    """One kind of feature: ``condition`` on its columns (empty: the rest), what the legend says, fill and line."""

    condition: str
    legend: str
    fill: str
    line: str
    width_mm: float = 0.5
    dashed: bool = False


class Style(NamedTuple):
    """``rules``, the first that holds draws; ``label``: the column that is written on the map."""

    rules: tuple[Rule, ...]
    label: str = ""


_CONTEXT = Rule("", "", f"{_WHITE},0", f"{_GREY},255", 0.3)
_STYLES: Mapping[str, Style] = {
    "hotspots": Style(
        (
            Rule('"could_be_chance"', "Hot spot that chance explains too", f"{_GREY},40", f"{_GREY},255", dashed=True),
            Rule("", "Hot spot beyond chance", f"{_RED},70", f"{_RED},255", 0.7),
        ),
        "rank",
    ),
    "wards": Style((_CONTEXT._replace(legend="Ward"),), "ward_name"),
    "incidents": Style((Rule("", "Report", f"{_GREY},120", f"{_WHITE},255", 0.1),)),
    "engagements": Style((Rule("", "Engagement", f"{_GREEN},200", f"{_WHITE},255", 0.2),)),
    "focal_points": Style((Rule("", "Focal point", f"{_BLUE},220", f"{_WHITE},255", 0.3),), "name"),
    "stops": Style((Rule("", "Stop", f"{_RED},220", f"{_WHITE},255", 0.3),), "name"),
    "visits": Style((Rule("", "Visit", f"{_RED},220", f"{_WHITE},255", 0.3),), "name"),
    "routes": Style((Rule("", "Route", f"{_BLUE},255", f"{_BLUE},255", 0.9),)),
}
# of a comparison, whichever places it is of
_CHANGED = (
    Rule("\"change\" LIKE 'rose%'", "Rose against the town", f"{_RED},90", f"{_RED},255"),
    Rule("\"change\" LIKE 'fell%'", "Fell against the town", f"{_BLUE},90", f"{_BLUE},255"),
    _CONTEXT._replace(legend="As the town, as far as can be told"),
)


def style(path: Path, layers: Mapping[str, gpd.GeoDataFrame], headings: Mapping[str, str]) -> None:
    """Write styles and words into a GeoPackage that holds ``layers``, for those of them that have a style.

    ``headings``: {column: words}; a column without an entry is called by its name with spaces. Nothing is written where
    no layer has a style.
    """
    known = {name: _style_of(name, layer) for name, layer in layers.items() if name in _STYLES}
    if not known:
        return
    words = {name: _words(layers[name], headings) for name in known}
    with sqlite3.connect(path) as base:
        _write_styles(base, {name: _qml(one, layers[name], words[name]) for name, one in known.items()})
        _write_words(base, words)
    base.close()


def _words(layer: gpd.GeoDataFrame, headings: Mapping[str, str]) -> dict[str, str]:
    """Return {column: words} of a layer, no two alike."""
    said: dict[str, str] = {}
    for name in map(str, layer.columns.drop("geometry")):
        word = headings.get(name) or in_words(name)
        said[name] = f"{word} ({name})" if word in said.values() else word
    return said


def _style_of(name: str, layer: gpd.GeoDataFrame) -> Style:
    own = _STYLES[name]
    if "change" in layer and "against_town" in layer:
        return Style(_CHANGED, "name")
    rules = [rule for rule in own.rules if not rule.condition or rule.condition.strip('"') in layer]
    return Style(tuple(rules), own.label if own.label in layer else "")


def _write_styles(base: sqlite3.Connection, styles: Mapping[str, str]) -> None:
    base.execute(
        f"CREATE TABLE {STYLES} (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema "
        "TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault "
        "BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
    )
    base.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
        "VALUES (?, 'attributes', ?, '', ?)",
        (STYLES, STYLES, _MOMENT),
    )
    base.executemany(
        f"INSERT INTO {STYLES} (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
        "styleSLD, useAsDefault, description, owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '', ?)",
        [(name, name, qml, _MOMENT) for name, qml in styles.items()],
    )


def _write_words(base: sqlite3.Connection, words: Mapping[str, Mapping[str, str]]) -> None:
    """Name the columns in words (OGC 12-128r19, F.9)."""
    base.execute(
        "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, "
        "description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, "
        "column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name))"
    )
    base.execute(
        "CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, "
        "value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT, "
        "CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))"
    )
    _extend(base)
    base.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
        [(layer, name, said, said) for layer, own in words.items() for name, said in own.items()],
    )


def _extend(base: sqlite3.Connection) -> None:
    base.execute(
        "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, "
        "definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, "
        "extension_name))"
    )
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        base.execute(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', 'OGC 12-128r19 F.9', 'read-write')", (table,)
        )


def in_words(name: str) -> str:
    """Return the name of a column with spaces: ``ward_name`` as ``Ward name``."""
    said = name.replace("_", " ").strip()
    return f"{said[:1].upper()}{said[1:]}"


def _qml(style: Style, layer: gpd.GeoDataFrame, words: Mapping[str, str]) -> str:
    """Return the style as QGIS writes it: rules, their symbols, the label, the columns in words."""
    kinds = {str(kind).removeprefix("Multi") for kind in layer.geom_type.dropna()}
    symbol = _MARKER if kinds == {"Point"} else _LINE if kinds == {"LineString"} else _FILL
    rules, symbols = [], []
    # the columns stand after the number of the row
    aliases = [
        f'<alias field={quoteattr(name)} index="{at}" name={quoteattr(said)}/>'
        for at, (name, said) in enumerate(words.items(), 1)
    ]
    for number, rule in enumerate(style.rules):
        last = f"filter={quoteattr(rule.condition or 'ELSE')} " if len(style.rules) > 1 else ""
        rules.append(f'<rule {last}key="{{rule-{number}}}" label={quoteattr(rule.legend)} symbol="{number}"/>')
        symbols.append(_symbol(str(number), symbol, rule))
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">'
        f'<qgis version="3.22.0" styleCategories="Symbology|Labeling|Fields" labelsEnabled="{int(bool(style.label))}">'
        f'<renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">'
        f'<rules key="{{rules}}">{"".join(rules)}</rules><symbols>{"".join(symbols)}</symbols></renderer-v2>'
        f"{_labels(style.label) if style.label else ''}<aliases>{''.join(aliases)}</aliases></qgis>"
    )


_FILL, _LINE, _MARKER = ("fill", "SimpleFill"), ("line", "SimpleLine"), ("marker", "SimpleMarker")


def _symbol(name: str, kind: tuple[str, str], rule: Rule) -> str:
    dash = "dash" if rule.dashed else "solid"
    width = f"{rule.width_mm:g}"
    values = {
        _FILL: {
            "color": rule.fill,
            "style": "solid",
            "outline_color": rule.line,
            "outline_style": dash,
            "outline_width": width,
            "outline_width_unit": "MM",
        },
        _LINE: {"line_color": rule.line, "line_style": dash, "line_width": width, "line_width_unit": "MM"},
        _MARKER: {
            "name": "circle",
            "color": rule.fill,
            "outline_color": rule.line,
            "outline_width": width,
            "size": "2.4" if rule.width_mm > 0.15 else "1.2",
            "size_unit": "MM",
        },
    }[kind]
    # both spellings: QGIS before 3.26 reads prop, later ones Option
    options = "".join(f'<Option type="QString" name="{key}" value="{value}"/>' for key, value in values.items())
    props = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in values.items())
    return (
        f'<symbol type="{kind[0]}" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{kind[1]}" enabled="1" locked="0" pass="0"><Option type="Map">{options}</Option>{props}'
        "</layer></symbol>"
    )


def _labels(column: str) -> str:
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(column)} isExpression="0" fontSize="8" fontSizeUnit="Point" '
        f'fontWeight="63" textColor="40,40,40,255" namedStyle="Bold">'
        f'<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="{_WHITE},255" '
        'bufferOpacity="1"/>'
        '</text-style><placement placement="0" centroidWhole="1" centroidInside="1" geometryGeneratorEnabled="0"/>'
        '<rendering drawLabels="1" obstacle="1"/></settings></labeling>'
    )
