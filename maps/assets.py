"""The files a page is made of: Leaflet, checked by its hash, and our own scripts, styles and skeletons."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import metadata, resources
from pathlib import Path

from geo.errors import GeoError

PACKAGE = "XStatic-Leaflet"

# Equal to upstream Leaflet 1.9.3 byte for byte. Whatever else is found under that name is not put into a page.
SHA256 = {
    ("1.9.3.0", "leaflet.js"): "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    ("1.9.3.0", "leaflet.css"): "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
}


def leaflet_js() -> str:
    """Return Leaflet's script, without the line that points at a source map beside the page."""
    text = _checked("leaflet.js")
    return re.sub(r"^//# sourceMappingURL=.*\n?", "", text, flags=re.MULTILINE)


def leaflet_css() -> str:
    """Return Leaflet's style sheet without its pictures, which would be asked for beside the page."""
    return lean(re.sub(r"url\([^)]*\)", "none", _checked("leaflet.css")))


@cache
def own(folder: str, name: str) -> str:
    """Return the text of a file of ours, such as ``own("js", "kit/dom.js")``."""
    return _fit_for_page(name, resources.files("maps").joinpath(folder, name).read_text("utf-8"))


def lean(text: str) -> str:
    """Return a script or style of ours without indentation and lines that only comment: a fifth less on every page.

    None of ours has a string of several lines, which a test keeps so.
    """
    return re.sub(r"(?m)^\s*(//.*|/\*[^\n]*\*/)\n|^\s+", "", text)


@cache
def skeleton(name: str) -> str:
    """Return a page's skeleton, with the shared parts that a line such as ``<!-- closing.html -->`` names put in."""
    return re.sub(r"<!-- (\w+\.html) -->\n", lambda found: own("html", found[1]), own("html", name))


@cache
def scripts(entry: str) -> tuple[str, ...]:
    """Return the paths in maps/js of what a page runs, in order; the last is ``entry``, as ``analyst/analyst.js``.

    A script adds one name to ``geo`` (``geo.roving = roving;``) and needs those of the names it uses: read from the
    text, so that no list can forget one. Raises GeoError where two need each other.
    """
    needs, wanted = _needs(), [entry]
    graph: dict[str, set[str]] = {}
    while wanted:
        path = wanted.pop()
        if path not in graph:
            graph[path] = needs[path]
            wanted += needs[path]
    sorter = TopologicalSorter({path: sorted(found) for path, found in sorted(graph.items())})
    try:
        return tuple(sorter.static_order())
    except CycleError as problem:
        raise GeoError(f"maps/js: scripts need each other: {' '.join(problem.args[1])}.") from None


@cache
def _needs() -> dict[str, set[str]]:
    """Return {path: paths of the scripts it needs} for every script of maps/js."""
    folder = resources.files("maps").joinpath("js")
    paths = [f"{room.name}/{file.name}" for room in folder.iterdir() for file in room.iterdir()]
    texts = {path: re.sub(r"(?m)(^|\s)//.*$", "", own("js", path)) for path in paths if path.endswith(".js")}
    homes = {name: path for path, text in texts.items() for name in re.findall(r"(?m)^  geo\.(\w+) = ", text)}
    return {
        path: {homes[name] for name in re.findall(r"\bgeo\.(\w+)", text) if homes.get(name, path) != path}
        for path, text in texts.items()
    }


@cache
def _checked(name: str) -> str:
    version, path = _locate(name)
    if not path.is_file():
        raise GeoError(f"{PACKAGE}: {name} is missing ({path}).", _reinstall())
    content = path.read_bytes()
    expected = SHA256.get((version, name))
    if expected is None:
        raise GeoError(f"{PACKAGE} {version} is not a version whose content is known to geo.", _reinstall())
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise GeoError(f"{PACKAGE} {version}: {name} is not Leaflet's own file (SHA-256 {found[:12]}…).", _reinstall())
    return _fit_for_page(name, content.decode("utf-8"))


def _locate(name: str) -> tuple[str, Path]:
    """Return the package's version and where it keeps ``name``, found without importing anything of it."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise GeoError(f"The package {PACKAGE}, which maps are drawn with, is not installed.", _reinstall()) from None
    for file in package.files or ():
        if file.as_posix().endswith(f"data/{name}"):
            return package.version, Path(str(package.locate_file(file)))
    raise GeoError(f"{PACKAGE} {package.version}: {name} is missing.", _reinstall())


def _reinstall() -> str:
    version = next(iter(SHA256))[0]
    return f"Install it again: pip install --force-reinstall {PACKAGE}=={version}"


def _fit_for_page(name: str, text: str) -> str:
    # A browser ends the element at these words wherever they stand, even inside a string.
    if re.search(r"</(script|style)", text, flags=re.IGNORECASE):
        raise GeoError(f"{name}: holds a closing script or style tag and cannot stand inside a page.")
    return text.replace("\r\n", "\n")
