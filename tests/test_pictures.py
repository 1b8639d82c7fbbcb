"""Pictures of pages: by a browser where there is one, else a still map; whole or not there at all."""

from __future__ import annotations

import os
import re
import stat
import struct
import sys
from pathlib import Path

import pytest
import shapely
from browser import about_town, town_hotspots, town_incidents, town_wards, unavailable
from test_map_safety import CANARIES

from geo.errors import GeoError
from maps.figure import save_page
from maps.hotspots import hotspots_map
from maps.still import CAVEAT, still_map
from study import pictures
from study.pictures import held, picture, picture_or_still


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "town.html"
    save_page(hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town()), path)
    return path


@pytest.fixture
def no_browser(monkeypatch, tmp_path):
    monkeypatch.setenv("GEO_BROWSER_PATH", str(tmp_path / "nothing"))


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.delenv("GEO_BROWSER_PATH", raising=False)
    if pictures.find_browser() is None:
        unavailable("no browser is installed")


def fake(monkeypatch, tmp_path: Path, script: str) -> None:
    """Put a program in the browser's place; its last but one argument names the picture to take."""
    if os.name != "posix":
        pytest.skip("a shell script stands in for the browser")
    path = tmp_path / "fake-browser"
    path.write_text(f"#!{sys.executable}\nimport sys, time, pathlib\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("GEO_BROWSER_PATH", str(path))


TAKEN = "out = pathlib.Path([a for a in sys.argv if a.startswith('--screenshot=')][0][13:])\n"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "fake-browser")


def test_a_png_of_the_page_is_twice_its_size_on_the_screen(browser, page, tmp_path):
    picture(page, tmp_path / "town.png", "png", (800, 600))
    assert size_of((tmp_path / "town.png").read_bytes()) == (1600, 1200)
    assert left_in(tmp_path) == ["town.png"]


def test_the_picture_is_of_a_map_that_is_drawn(browser, page, tmp_path):
    """The colour of the land and that of a hot spot's number stand in it, and not the ground alone."""
    image = pytest.importorskip("PIL.Image")
    picture(page, tmp_path / "town.png")
    with image.open(tmp_path / "town.png") as taken:
        colours = {colour for count, colour in taken.convert("RGB").getcolors(1 << 24) if count > 200}
    assert (0xFB, 0xFB, 0xF9) in colours
    assert (0x7A, 0x22, 0x00) in colours


def test_a_pdf_of_the_page_is_a4(browser, page, tmp_path):
    picture(page, tmp_path / "town.pdf", "pdf")
    pdf = (tmp_path / "town.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    width, height = (float(side) for side in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert (width, height) == pytest.approx((595, 842), abs=1.5)
    assert left_in(tmp_path) == ["town.pdf"]


def test_a_picture_that_is_there_is_replaced_only_by_a_whole_one(monkeypatch, page, tmp_path):
    fake(monkeypatch, tmp_path, TAKEN + "out.write_bytes(b'half a')")
    (tmp_path / "town.png").write_bytes(b"the old one")
    with pytest.raises(GeoError, match="took no picture"):
        picture(page, tmp_path / "town.png")
    assert (tmp_path / "town.png").read_bytes() == b"the old one"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sys.stderr.write('Fontconfig error\\nno space left on device\\n'); sys.exit(1)", "no space left on device"),
        ("sys.exit(0)", "does not say why"),
        (TAKEN + "out.write_bytes(b'\\x89PNG\\r\\n\\x1a\\nrest')", "was not drawn within"),
    ],
    ids=["fails", "says nothing", "too early"],
)
def test_a_browser_that_fails_leaves_nothing_and_says_why(monkeypatch, page, tmp_path, script, said):
    fake(monkeypatch, tmp_path, script)
    with pytest.raises(GeoError, match=said):
        picture(page, tmp_path / "town.png")
    assert left_in(tmp_path) == []


def test_a_browser_that_hangs_is_ended_with_all_it_started(monkeypatch, page, tmp_path):
    child = tmp_path / "child"
    fake(
        monkeypatch, tmp_path,
        "import subprocess\n"
        f"one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(one.pid))\ntime.sleep(60)",
    )  # fmt: skip
    with pytest.raises(GeoError, match="took longer than 2 seconds"):
        picture(page, tmp_path / "town.png", seconds=2)
    assert left_in(tmp_path) == ["child"]
    state = Path(f"/proc/{child.read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX", "it runs on"


def test_what_is_no_program_is_said_to_be_none(monkeypatch, page, tmp_path):
    (tmp_path / "notes.txt").write_text("not a browser")
    monkeypatch.setenv("GEO_BROWSER_PATH", str(tmp_path / "notes.txt"))
    with pytest.raises(GeoError, match="cannot be started"):
        picture(page, tmp_path / "town.png")


def test_a_folder_that_is_not_there_is_said(browser, page, tmp_path):
    with pytest.raises(GeoError, match="cannot be written"):
        picture(page, tmp_path / "none" / "town.png")


def test_the_page_shown_to_the_browser_has_one_script_more_and_its_policy_names_it():
    html = "<head><meta content=\"script-src 'sha256-x'; style-src y\"><title>a</title></head>"
    made = held(html)
    assert made.count("<script>") == 1
    assert re.search(r"script-src 'sha256-[\w+/]{43}=' 'sha256-x';", made)


def test_without_a_browser_a_picture_says_what_to_install(no_browser, page, tmp_path):
    with pytest.raises(GeoError, match="No browser was found"):
        picture(page, tmp_path / "town.png")


def still(kind):
    return lambda path: still_map(path, kind, town_wards(), about_town(), hotspots=town_hotspots())


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_without_a_browser_there_is_a_still_map(no_browser, page, tmp_path, kind):
    out = tmp_path / f"town.{kind}"
    said = picture_or_still(page, out, kind, still(kind))
    assert "no browser was found" in said
    assert out.read_bytes().startswith(pictures._MAGIC[kind])
    assert left_in(tmp_path) == [out.name]


def test_a_still_map_that_fails_leaves_nothing(no_browser, page, tmp_path):
    def half(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        picture_or_still(page, tmp_path / "town.png", "png", half)
    assert left_in(tmp_path) == []


def test_a_browser_that_fails_is_not_a_reason_for_the_plainer_map(monkeypatch, page, tmp_path):
    fake(monkeypatch, tmp_path, "sys.exit(1)")
    with pytest.raises(GeoError, match="took no picture"):
        picture_or_still(page, tmp_path / "town.png", "png", still("png"))
    assert left_in(tmp_path) == []


def texts_of(monkeypatch, tmp_path: Path, **changed) -> str:
    """All that is written on a still map."""
    from matplotlib.text import Text

    said = []
    draw = Text.draw
    monkeypatch.setattr(
        Text, "draw", lambda self, *args, **more: (said.append(self.get_text()), draw(self, *args, **more))[1]
    )
    given = {"wards": town_wards(), "about": about_town(), "hotspots": town_hotspots(), **changed}
    still_map(tmp_path / "a.png", "png", given.pop("wards"), given.pop("about"), **given)
    return " ".join("\n".join(said).split())


def test_a_still_map_carries_legend_date_source_list_and_caveat(monkeypatch, tmp_path):
    places = town_wards()[:2].assign(mark=["A", "B"], geometry=lambda frame: frame.centroid, spoc="Planted Name")
    said = texts_of(monkeypatch, tmp_path, places=places, lines=["All reports: 26 now, 21 before."])
    for part in (
        "Hot spots in Ashford Vale", "Three hot spots hold 90 of 105 incidents.", "Period: January to December 2025",
        "Source: made up", "Made on: 31 January 2026", "Ward", "Hot spot, by number", "Focal point, by letter",
        "1 High Street: 40 reports", "3 Abbey Street: 20 reports", "All reports: 26 now, 21 before.", CAVEAT,
        "Contains made-up data.", "500 m",
    ):  # fmt: skip
        assert part in said, part
    assert "Planted Name" not in said


def test_the_size_of_a_still_map_is_a4_and_its_bytes_are_the_same_each_time(tmp_path):
    for name in ("a", "b"):
        for kind in ("png", "pdf"):
            still(kind)(tmp_path / f"{name}.{kind}")
    assert size_of((tmp_path / "a.png").read_bytes()) == (1240, 1753)
    for kind in ("png", "pdf"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


@pytest.mark.parametrize("value", [*CANARIES, "$\\frac{1}{$", "\\", "\U0001f600"], ids=lambda value: ascii(value)[:20])
def test_a_value_is_drawn_as_text_and_stops_nothing(tmp_path, value):
    about = about_town(title=value, headline=value, period=value, source=value, made_on=value, attribution=[value])
    places = town_wards()[:1].assign(mark=value[:9], geometry=lambda frame: frame.centroid)
    wards, spots = town_wards([value] * 6), town_hotspots(2, name=value)
    still_map(tmp_path / "a.png", "png", wards, about, hotspots=spots, places=places, lines=[value])
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_a_still_map_without_hot_spots_or_of_broken_layers(monkeypatch, tmp_path):
    assert "No hot spot stands out" in texts_of(monkeypatch, tmp_path, hotspots=None)
    holes = town_wards()
    holes.loc[0, "geometry"] = shapely.Polygon()
    still_map(tmp_path / "b.png", "png", holes, about_town())
    with pytest.raises(GeoError, match="no ward"):
        still_map(tmp_path / "c.png", "png", holes[:0], about_town())
    with pytest.raises(GeoError):
        still_map(tmp_path / "c.png", "png", town_wards().to_crs(4326), about_town())
