from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from geo.errors import GeoError
from maps import assets


@pytest.fixture
def package(monkeypatch, tmp_path):
    """Let the asset be found in a folder of the test."""

    def stand_in(name: str, content: bytes, version: str = "1.9.3.0") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        monkeypatch.setattr(assets, "_locate", lambda _: (version, path))
        return path

    assets._checked.cache_clear()
    yield stand_in
    assets._checked.cache_clear()


@pytest.mark.parametrize(
    ("name", "size", "sha256"),
    [
        ("leaflet.js", 146_715, "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03"),
        ("leaflet.css", 14_657, "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722"),
    ],
)
def test_leaflet_is_the_file_we_know(name, size, sha256):
    version, path = assets._locate(name)
    assert version == "1.9.3.0"
    assert path.stat().st_size == size
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256 == assets.SHA256["1.9.3.0", name]


def test_nothing_of_leaflet_points_outside_the_page():
    assert "sourceMappingURL" not in assets.leaflet_js()
    assert assets.leaflet_js().rstrip().endswith("});")
    assert "url(" not in assets.leaflet_css()


def test_a_changed_file_is_refused(package):
    original = assets._locate("leaflet.js")[1].read_bytes()
    package("leaflet.js", original + b"\n")
    with pytest.raises(GeoError) as caught:
        assets.leaflet_js()
    assert "leaflet.js is not Leaflet's own file (SHA-256 " in caught.value.problem
    assert caught.value.hint == "Install it again: pip install --force-reinstall XStatic-Leaflet==1.9.3.0"


def test_an_unknown_version_is_refused(package):
    package("leaflet.js", b"L = {}", version="1.9.9.0")
    with pytest.raises(GeoError, match=r"XStatic-Leaflet 1\.9\.9\.0 is not a version whose content is known to geo\."):
        assets.leaflet_js()


def test_a_file_that_is_gone_is_named(package):
    package("leaflet.css", b"").unlink()
    with pytest.raises(GeoError, match=r"XStatic-Leaflet: leaflet\.css is missing"):
        assets.leaflet_css()


def test_a_package_that_is_not_there_is_named(monkeypatch):
    def absent(name):
        raise assets.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(assets.metadata, "distribution", absent)
    with pytest.raises(GeoError, match="XStatic-Leaflet, which maps are drawn with, is not installed"):
        assets._locate("leaflet.js")


@pytest.mark.parametrize("text", ["a = '</script>'", "a = '</SCRIPT '", "/* </style> */"])
def test_a_file_that_would_end_its_own_element_is_refused(text):
    with pytest.raises(GeoError, match="cannot stand inside a page"):
        assets._fit_for_page("some.js", text)


def test_line_ends_are_those_a_browser_hashes():
    assert assets._fit_for_page("some.js", "a\r\nb\n") == "a\nb\n"
