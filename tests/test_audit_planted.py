"""Secrets planted where people forget them, in every kind of file that is audited: found, and never repeated."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from conftest import make_wards
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from geo.disclosure.profiles import PROFILES
from layers.audit.audit import audit_file
from layers.writing.write import write_geopackage

# one of each kind that is known by its form
KINDS = {
    "mail": "jo.bloggs@example.org",
    "telephone": "07700 900123",
    "insurance": "AB 12 34 56 C",
    "victim": "V-0417",
    "contact": "SPOC-03",
    "postcode": "LU1 2AB",
}
MAIL, PHONE = KINDS["mail"], KINDS["telephone"]
B64 = base64.b64encode


def page(body: str) -> bytes:
    return f"<!doctype html><html><body>{body}</body></html>".encode()


def script(kind: str, text: str) -> bytes:
    return page(f'<script type="{kind}">{text}</script>')


IN_A_PAGE: dict[str, Callable[[str], bytes]] = {
    "text": lambda s: page(f"<p>{s}</p>"),
    "decimal entities": lambda s: page("".join(f"&#{ord(c)};" for c in s)),
    "hexadecimal entities": lambda s: page("".join(f"&#x{ord(c):x};" for c in s)),
    "entities twice": lambda s: page(html.escape("".join(f"&#{ord(c)};" for c in s))),
    "split by tags": lambda s: page(f"<p>{s[:3]}<b>{s[3:]}</b></p>"),
    "split by empty tags": lambda s: page("<p>" + "<wbr>".join(s) + "</p>"),
    "zero-width spaces": lambda s: page("\u200b".join(s)),
    "soft hyphens": lambda s: page("&shy;".join(s)),
    "wide letters": lambda s: page("".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in s)),
    "title": lambda s: page(f'<p title="{s}"></p>'),
    "id": lambda s: page(f'<p id="{s}"></p>'),
    "class": lambda s: page(f'<p class="{s}"></p>'),
    "data attribute": lambda s: page(f'<p data-who="{s}"></p>'),
    "meta": lambda s: page(f'<meta name="author" content="{s}">'),
    "comment": lambda s: page(f"<!-- {s} -->"),
    "hidden": lambda s: page(f"<p hidden>{s}</p>"),
    "hidden input": lambda s: page(f'<input type="hidden" value="{s}">'),
    "template": lambda s: page(f"<template>{s}</template>"),
    "noscript": lambda s: page(f"<noscript>{s}</noscript>"),
    "picture's words": lambda s: page(f'<img alt="{s}">'),
    "drawing's words": lambda s: page(f"<svg><desc>{s}</desc></svg>"),
    "style": lambda s: page(f"<style>a::after{{content:'{s}'}}</style>"),
    "after the end": lambda s: page("") + s.encode(),
    "before the beginning": lambda s: f"<!-- {s} -->".encode() + page(""),
    "JSON value": lambda s: script("application/json", json.dumps({"a": [1, {"b": s}]})),
    "JSON key": lambda s: script("application/json", json.dumps({"a": {s: 1}})),
    "JSON in JSON": lambda s: script("application/json", json.dumps({"a": json.dumps({"b": json.dumps({"c": s})})})),
    "JSON under label": lambda s: script("application/json", json.dumps({"location": {"center": [s]}})),
    "JSON escapes": lambda s: script("application/json", '{"a":"' + "".join(f"\\u{ord(c):04x}" for c in s) + '"}'),
    "script": lambda s: script("", f'var a = "{s}";'),
    "script's escapes": lambda s: script("", 'var a = "' + "".join(f"\\x{ord(c):02x}" for c in s) + '";'),
    "script's pieces": lambda s: script("", f'var a = "{s[:3]}" + "{s[3:]}";'),
    "character codes": lambda s: script("", f"String.fromCharCode({','.join(str(ord(c)) for c in s)})"),
    "base64 in a script": lambda s: script("", f'var a = atob("{B64(("who: " + s).encode()).decode()}");'),
    "base64 in JSON": lambda s: script("application/json", json.dumps({"a": B64(("who: " + s).encode()).decode()})),
    "packed": lambda s: script("application/octet-stream", B64(zlib.compress(json.dumps([s, 1]).encode())).decode()),
    "packed by gzip": lambda s: script("", f'var a = "{B64(gzip.compress(("who is it: " + s).encode())).decode()}";'),
    "percent": lambda s: page(f'<a href="?q={quote(s, safe="")}">x</a>'),
    "frame": lambda s: page(f'<iframe srcdoc="{html.escape(f"<p>{s}</p>")}"></iframe>'),
    "data address": lambda s: page(f'<a href="data:text/csv;base64,{B64(("name,who " + s).encode()).decode()}">x</a>'),
    "table": lambda s: page(f"<table><tr><th>A</th></tr><tr><td>{s}</td></tr></table>"),
}


def feature(**more: object) -> dict:
    return {"type": "Feature", "properties": {"name": "x"}, "geometry": None} | more


def collection(*features: dict, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | more).encode()


IN_GEOJSON: dict[str, Callable[[str], bytes]] = {
    "property": lambda s: collection(feature(properties={"name": s})),
    "key": lambda s: collection(feature(properties={s: 1})),
    "nested": lambda s: collection(feature(properties={"a": {"b": [s]}})),
    "id": lambda s: collection(feature(id=s)),
    "beside the features": lambda s: collection(feature(), history=[{"was": s}]),
    "name": lambda s: collection(feature(), name=s),
    "title": lambda s: collection(feature(), title=s),
    "system": lambda s: collection(feature(), crs={"type": "name", "properties": {"name": s}}),
    "location": lambda s: collection(feature(properties={"location": {"text": s}})),
}
IN_CSV: dict[str, Callable[[str], bytes]] = {
    "cell": lambda s: f'ward_code,name\nE1,"{s}"\n'.encode(),
    "heading": lambda s: f'ward_code,"{s}"\nE1,1\n'.encode(),
    "a cell too many": lambda s: f"ward_code,name\nE1,x,{s}\n".encode(),
    "a line of its own": lambda s: f"ward_code,name\nE1,x\n{s}\n".encode(),
    "several lines": lambda s: f'ward_code,name\nE1,"a\n{s}\nb"\n'.encode(),
    "UTF-16": lambda s: f"ward_code,name\nE1,{s}\n".encode("utf-16"),
}
IN_GPX: dict[str, Callable[[str], bytes]] = {
    where: (lambda s, text=text: f'<?xml version="1.0"?><gpx version="1.1">{text.format(s)}</gpx>'.encode())
    for where, text in {
        "name": "<trk><name>{}</name></trk>",
        "description": "<wpt lat='54' lon='1'><desc>{}</desc></wpt>",
        "comment": "<!-- {} -->",
        "plain characters": "<cmt><![CDATA[{}]]></cmt>",
        "attribute": "<link href='{}'/>",
        "extension": "<extensions><a:who>{}</a:who></extensions>",
    }.items()
}
IN_A_CALENDAR: dict[str, Callable[[str], bytes]] = {
    where: (lambda s, text=text: f"BEGIN:VCALENDAR\r\n{text.format(s, s[:4], s[4:])}\r\nEND:VCALENDAR\r\n".encode())
    for where, text in {
        "summary": "SUMMARY:{}",
        "folded": "DESCRIPTION:who {1}\r\n {2}",
        "attendee": "ATTENDEE;CN={}:x",
        "of its own": "X-WHO:{}",
    }.items()
}


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\ntrailer\n%%EOF\n"


IN_PDF: dict[str, Callable[[str], bytes]] = {
    "author": lambda s: pdf(f"<< /Author ({s}) >>".encode()),
    "author in UTF-16": lambda s: pdf(b"<< /Author <" + (b"\xfe\xff" + s.encode("utf-16-be")).hex().encode() + b"> >>"),
    "octal": lambda s: pdf(b"<< /Title (" + "".join(f"\\{ord(c):03o}" for c in s).encode() + b") >>"),
    "page": lambda s: pdf(b"<< >> stream\n" + zlib.compress(f"BT ({s}) Tj ET".encode()) + b"\nendstream"),
    "page in pieces": lambda s: pdf(
        b"<< >> stream\n" + zlib.compress(f"BT [({s[:3]}) -20 ({s[3:]})] TJ ET".encode()) + b"\nendstream"
    ),
    "description": lambda s: pdf(b"<< >> stream\n<x:xmpmeta>" + s.encode() + b"</x:xmpmeta>\nendstream"),
}


def png(*chunks: tuple[bytes, bytes], after: bytes = b"") -> bytes:
    drawn = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    ]
    parts = [struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in drawn]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + after


IN_PNG: dict[str, Callable[[str], bytes]] = {
    "text": lambda s: png((b"tEXt", b"Author\0" + s.encode())),
    "packed text": lambda s: png((b"zTXt", b"Comment\0\0" + zlib.compress(s.encode()))),
    "after the end": lambda s: png(after=s.encode()),
    "exif": lambda s: png((b"eXIf", b"MM\0*\0\0\0\x08" + s.encode())),
}


def archive(files: dict[str, bytes], comment: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
        out.comment = comment.encode()
    return made.getvalue()


CLEAN = b"ward_code,name\nE1,x\n"
IN_ZIP: dict[str, Callable[[str], bytes]] = {
    "file": lambda s: archive({"a.csv": CLEAN, "b.csv": f"ward_code,name\nE1,{s}\n".encode()}),
    "page": lambda s: archive({"a.html": page(s)}),
    "name": lambda s: archive({f"{s}.csv": CLEAN}),
    "comment": lambda s: archive({"a.csv": CLEAN}, s),
    "archive": lambda s: archive({"a.zip": archive({"b.csv": f"ward_code,name\nE1,{s}\n".encode()})}),
    "text": lambda s: archive({"readme.txt": f"ask, {s}\n".encode()}),
}


def book(change: Callable[[openpyxl.Workbook, str], None]) -> Callable[[str], bytes]:
    def made(secret: str) -> bytes:
        workbook = openpyxl.Workbook()
        workbook.active.append(["Ward", "Incidents"])
        workbook.active.append(["Acre", 20])
        change(workbook, secret)
        out = io.BytesIO()
        workbook.save(out)
        return out.getvalue()

    return made


def _set(path: str) -> Callable[[openpyxl.Workbook, str], None]:
    def change(workbook: openpyxl.Workbook, secret: str) -> None:
        *names, last = path.split(".")
        at = workbook
        for name in names:
            at = getattr(at, name)
        setattr(at, last, secret)

    return change


def _validated(workbook: openpyxl.Workbook, secret: str) -> None:
    rule = DataValidation(type="list", formula1=f'"{secret},b"')
    workbook.active.add_data_validation(rule)
    rule.add("A5")


def _prompted(workbook: openpyxl.Workbook, secret: str) -> None:
    rule = DataValidation(type="whole", prompt=secret, promptTitle="x")
    workbook.active.add_data_validation(rule)
    rule.add("A5")


def _extra(secret: str) -> bytes:
    made = book(lambda *_: None)("")
    with zipfile.ZipFile(out := io.BytesIO(made), "a") as more:
        more.writestr("customXml/item1.xml", f"<a>{secret}</a>")
    return out.getvalue()


IN_XLSX: dict[str, Callable[[str], bytes]] = {
    "cell": book(lambda w, s: w.active.append([s, 20])),
    "heading": book(lambda w, s: w.active.insert_rows(1) or w.active.__setitem__("A1", s)),
    "hidden sheet": book(lambda w, s: w.create_sheet("x").append([s]) or setattr(w["x"], "sheet_state", "hidden")),
    "comment": book(lambda w, s: setattr(w.active["A1"], "comment", Comment(s, "geo"))),
    "header": book(_set("active.oddHeader.left.text")),
    "footer": book(_set("active.oddFooter.center.text")),
    "link": book(lambda w, s: setattr(w.active["A2"], "hyperlink", f"mailto:{s}")),
    "formula": book(lambda w, s: w.active.append([f'=CONCATENATE("{s}")', 20])),
    "name": book(lambda w, s: w.defined_names.__setitem__("who", DefinedName("who", attr_text=f'"{s}"'))),
    "list": book(_validated),
    "prompt": book(_prompted),
    "title": book(_set("properties.title")),
    "subject": book(_set("properties.subject")),
    "keywords": book(_set("properties.keywords")),
    "category": book(_set("properties.category")),
    "author": book(_set("properties.creator")),
    "sheet's name": book(lambda w, s: setattr(w.active, "title", s[:30])),
    "number format": book(lambda w, s: setattr(w.active["B2"], "number_format", f'0"{s}"')),
    "a part of its own": _extra,
}


def geopackage(change: Callable[[sqlite3.Connection, str], object]) -> Callable[[str, Path], None]:
    def made(secret: str, path: Path) -> None:
        write_geopackage(path, {"wards": make_wards("Acre")})
        with sqlite3.connect(path) as file:
            file.create_function("ST_IsEmpty", 1, lambda *_: 0)
            for name in ("MinX", "MaxX", "MinY", "MaxY"):
                file.create_function(f"ST_{name}", 1, lambda *_: 0)
            change(file, secret)
        file.close()

    return made


def _said(sql: str) -> Callable[[str, Path], None]:
    return geopackage(lambda file, secret: file.executescript(sql.format(secret)))


IN_GEOPACKAGE: dict[str, Callable[[str, Path], None]] = {
    "cell": geopackage(lambda file, s: file.execute("UPDATE wards SET ward_name = ?", (s,))),
    "table": _said("CREATE TABLE more (a TEXT); INSERT INTO more VALUES ('{}')"),
    "table's name": _said('CREATE TABLE "{}" (a TEXT)'),
    "column's name": _said('ALTER TABLE wards ADD COLUMN "{}" TEXT'),
    "view": _said("CREATE VIEW v AS SELECT '{}' AS a"),
    "trigger": _said("CREATE TRIGGER t AFTER INSERT ON gpkg_extensions BEGIN SELECT '{}'; END"),
    "default": _said("ALTER TABLE wards ADD COLUMN b TEXT DEFAULT '{}'"),
    "comment in SQL": _said("CREATE TABLE c (a TEXT /* {} */)"),
    "description": geopackage(lambda file, s: file.execute("UPDATE gpkg_contents SET description = ?", (s,))),
    "identifier": geopackage(
        lambda file, s: file.execute("UPDATE gpkg_contents SET identifier = ? WHERE table_name = 'wards'", (s,))
    ),
    "system": geopackage(lambda file, s: file.execute("UPDATE gpkg_spatial_ref_sys SET description = ?", (s,))),
    "metadata": _said(
        "CREATE TABLE gpkg_metadata (id INTEGER, metadata TEXT); INSERT INTO gpkg_metadata VALUES (1, '{}')"
    ),
    "style": _said(
        "CREATE TABLE IF NOT EXISTS layer_styles (styleSLD TEXT); "
        "INSERT INTO layer_styles (styleSLD) VALUES ('<a>{}</a>')"
    ),
    "bytes in a cell": geopackage(
        lambda file, s: file.executescript(f"CREATE TABLE b (a BLOB); INSERT INTO b VALUES (x'{s.encode().hex()}')")
    ),
}


def _deleted(secret: str, path: Path) -> None:
    geopackage(lambda file, s: file.executescript(
        f"PRAGMA secure_delete=OFF; CREATE TABLE d (a TEXT); INSERT INTO d VALUES ('{s} {'x' * 6000}'); DROP TABLE d"
    ))(secret, path)  # fmt: skip


def _appended(secret: str, path: Path) -> None:
    geopackage(lambda *_: None)(secret, path)
    path.write_bytes(path.read_bytes() + secret.encode())


IN_GEOPACKAGE |= {"deleted": _deleted, "after the end": _appended}

WAYS: dict[str, tuple[str, dict[str, Callable]]] = {
    "HTML": ("a.html", IN_A_PAGE),
    "GeoJSON": ("a.geojson", IN_GEOJSON),
    "CSV": ("a.csv", IN_CSV),
    "GPX": ("a.gpx", IN_GPX),
    "ICS": ("a.ics", IN_A_CALENDAR),
    "PDF": ("a.pdf", IN_PDF),
    "PNG": ("a.png", IN_PNG),
    "ZIP": ("a.zip", IN_ZIP),
    "XLSX": ("a.xlsx", IN_XLSX),
    "GeoPackage": ("a.gpkg", IN_GEOPACKAGE),
}
PLANTED = [
    (form, way, kind)
    for form, (_, ways) in WAYS.items()
    for i, way in enumerate(ways)
    for kind in (["mail", "telephone"] if form != "HTML" else ["mail", list(KINDS)[1 + i % 5]])
]


def plant(form: str, way: str, secret: str, folder: Path) -> Path:
    name, ways = WAYS[form]
    path = folder / name
    if form == "GeoPackage":
        ways[way](secret, path)
    else:
        path.write_bytes(ways[way](secret))
    return path


@pytest.mark.parametrize(("form", "way", "kind"), PLANTED)
def test_a_planted_secret_is_found_and_not_repeated(tmp_path, form, way, kind):
    secret = KINDS[kind]
    audit = audit_file(plant(form, way, secret, tmp_path), PROFILES["public"])
    assert audit.breaks, [finding.what for finding in audit.findings]
    assert secret not in json.dumps(audit.as_record(), ensure_ascii=False)
    assert all(finding.place for finding in audit.findings)


@pytest.mark.parametrize("form", list(WAYS))
def test_the_same_file_with_nothing_planted_is_clean(tmp_path, form):
    ways = WAYS[form][1]
    way = {"XLSX": "cell", "GeoPackage": "cell"}.get(form, next(iter(ways)))
    audit = audit_file(plant(form, way, "Market Street", tmp_path), PROFILES["public"])
    assert [finding for finding in audit.findings if finding.severity == "breaks"] == []


# --- the same in the spellings that people use ------------------------------------------------------------------------

SPELLINGS = {
    "telephone number": (
        "07700.900.123|07700/900123|07 700 900 123|07700\u2011900\u2011123|077 0090 0123|+44-7700-900-123|07700_900123"
        "|0 7 7 0 0 9 0 0 1 2 3|44 7700 900123|+44.7700.900123|(020) 7946-0123|tel:+447700900123"
    ),
    "e-mail address": (
        "jo.bloggs (at) example.org|jo [at] example [dot] org|jo @ example.org|jo AT example DOT org|jo{at}example.org"
        "|jo(@)example.org|o'neill@example.org|jo@b\u00fccher.example"
    ),
    "National Insurance number": "ab123456c|AB-12-34-56-C|AB.12.34.56.C|AB/12/34/56/C|NINO AB123456",
    "vehicle's registration": (
        "AB12 CDE|AB12CDE|A123 BCD|ABC 123D|AB12-CDE|VRM: LB07 KXW|reg lb07 kxw|N123ABC"
        "|lb07 kxw|in lb07kxw.|JIG 4321|AAZ 123"
    ),
    "name after a title": (
        "PC 1234 Smith|MR JOHN SMITH|Dr A. Khan|Mrs O'Brien|Ms Zo\u00eb M\u00fcller|Mr. J. Smith"
        "|Supt Jones|mr john smith"
        "|Mr van der Berg|Mr McDonald|D.I. Hughes|Pastor Mary Jones"
    ),
    "exact position": (
        "51.87912, -0.41735|TL 09123 21456|TL0912321456|51\u00b052'44.8\"N 0\u00b025'2.5\"W"
        "|/maps/@51.87912,-0.41735,19z"
        "|lat=51.87912&lon=-0.41735|E 509123 N 221456|509123, 221456|9C3WVHJM+XQ|///filled.count.soap"
        "|51.87912 N, 0.41735 W|POINT(-0.41735 51.87912)|latitude 51.87912 longitude -0.41735"
    ),
    "pseudonym of a victim": "victim 0417|v_0417|Victim no. 417|VICTIM/0417",
    "postcode": "lu1 2ab|LU1-2AB|SW1A 1AA",
    "address": (
        "Flat 3, 12 Mill Lane|14a Acacia Avenue|12 Mill Lane, Luton|at 9 Old Bedford Rd|lives at 8 Kingsway"
        "|where:12 Mill Lane"
    ),
    "account": (
        "GB29 NWBK 6016 1331 9268 19|GB29NWBK60161331926819|DE89 3704 0044 0532 0130 00|DE89370400440532013000"
        "|sort code 20-00-00|20-45-77|12-34-56 12345678|account no 12345678"
    ),
    "name in a social network": "@jo_bloggs|ask @jo.bloggs97.|instagram.com/jo_bloggs|insta: jo_bloggs",
    "date of birth": "DOB 12/03/1987|born 12 March 1987",
    "number of a crime record": "crime ref 40/123456/25|URN 40AB1234525",
    "number of a document": "NHS 943 476 5919|passport 123456789|MORGA657054SM9IJ",
    "officer's number": (
        "collar 4512|shoulder no 4512|warrant no V0417|V0417|PC 4512|PCSO7012|Warrant card number 123456"
    ),
}
SPELLED = [(kind, text) for kind, texts in SPELLINGS.items() for text in texts.split("|")]


@pytest.mark.parametrize(("kind", "text"), SPELLED)
def test_other_spellings_are_read(tmp_path, kind, text):
    places = {"a.html": page(f"<p>{html.escape(text)}</p>"), "a.csv": IN_CSV["cell"](text.replace('"', '""'))}
    for name, data in places.items():
        (tmp_path / name).write_bytes(data)
        findings = audit_file(tmp_path / name, PROFILES["public"]).findings
        # Finding.what begins with the count and the kind, in one number or the other
        assert any(kind.split()[0].rstrip("s'") in one.what for one in findings), (text, findings)
        assert text not in str(findings)


def jpeg(kind: int, body: bytes) -> bytes:
    return b"\xff\xd8\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body + b"\xff\xd9"


TAKEN_AT = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0"
STREAM = b"BT (" + PHONE.encode() + b") Tj ET"
DEEPER: dict[str, tuple[str, bytes]] = {
    "where a photograph was taken": ("a.jpg", jpeg(0xE1, TAKEN_AT)),
    "a photograph's comment": ("a.jpg", jpeg(0xFE, PHONE.encode())),
    "a photograph in a page": (
        "a.html", page(f'<img src="data:image/jpeg;base64,{B64(jpeg(0xE1, TAKEN_AT)).decode()}">')),
    "digits of letters": ("a.html", page(f'<p data-x="{PHONE.encode().hex()}">')),
    "base32": ("a.html", page(f'<p data-x="{base64.b32encode(MAIL.encode()).decode()}">')),
    "digits joined": ("a.html", script("", f"var n = [{','.join('07700900123')}].join('')")),
    "pieces in a template": ("a.html", script("", 'var a = `${"jo.bloggs"}@${"example.org"}`')),
    "octal escapes": ("a.html", script("", 'var a = "' + "".join(f"\\{ord(c):o}" for c in MAIL) + '"')),
    "digits in a PDF": ("a.pdf", pdf(b"<<>>\nstream\n" + STREAM.hex().encode() + b">\nendstream")),
    "ASCII85 in a PDF": ("a.pdf", pdf(b"<<>>\nstream\n" + base64.a85encode(zlib.compress(STREAM)) + b"~>\nendstream")),
    "an address in GPX": ("a.gpx", b'<?xml version="1.0"?><gpx><email id="jo.bloggs" domain="example.org"/></gpx>'),
}  # fmt: skip


@pytest.mark.parametrize("where", DEEPER)
def test_other_places_are_looked_into(tmp_path, where):
    name, data = DEEPER[where]
    (tmp_path / name).write_bytes(data)
    audit = audit_file(tmp_path / name, PROFILES["public"])
    assert audit.breaks, audit.findings
    assert PHONE not in str(audit.findings)


@pytest.mark.parametrize(
    "text",
    ["0.6288, 1.5904", "2024-10 to 2025-12", "Mill Dr", "A4 PDF", "1 High Street, Town Centre", "M1 at junction 10",
     "on or near Station Road", "12 of 40 reports", "PAI 26.22841; 0.689046", "E05999003", "at home. They dot the map",
     "1st 2nd 3rd", "ENG-0297", "54.19, 1.08",
     "PC 2025", "KIA 2024", "24-10-25", "2025-00-00", "warrant: 120 visits", "A505 road", "fp12 the", "@media print",
     "@turf/turf", "5 Mill Lane", "V2 of 2025", "at 17:30 Mill Lane", "30-40 Station Road",
     "Luton 001A", "0 2 4 5 1 0 0 3 2 1 4 5", "born in 1987"],
)  # fmt: skip
def test_what_looks_a_little_like_it_is_left_alone(tmp_path, text):
    (tmp_path / "a.html").write_bytes(page(f"<p>{text}</p>"))
    assert list(audit_file(tmp_path / "a.html", PROFILES["public"]).findings) == []


def packed_page(code: bytes, data: object) -> bytes:
    """A page as geo makes them: its code packed and named by the policy, its data as packed JSON."""
    policy = B64(hashlib.sha256(code).digest()).decode()
    blocks = "".join(
        f'<script type="application/octet-stream" id="{name}">{B64(zlib.compress(raw)).decode()}</script>'
        for name, raw in {"geo-code": code, "geo-data": json.dumps(data).encode()}.items()
    )
    return (
        f"""<html><meta http-equiv="Content-Security-Policy" content="script-src 'sha256-{policy}'">{blocks}</html>"""
    ).encode()


HANDLE, PLATE = "@jo_bloggs97", "lb07 kxw"


@pytest.mark.parametrize("secret", [*KINDS.values(), HANDLE, PLATE, "V0417", "GB29 NWBK 6016 1331 9268 19"])
def test_packed_code_and_packed_data_are_read(tmp_path, secret):
    long = " ".join(f"const a{i} = {i};" for i in range(500))
    pages = {
        "code": packed_page(f'{long} const who = "{secret}";'.encode(), {"a": 1}),
        "data": packed_page(b"const a = 1;", {"a": [{"b": "x" * 3000}, {"c": [secret]}]}),
        "key": packed_page(b"const a = 1;", {"a": {secret: 1}}),
        "none": packed_page(long.encode(), {"a": ["Mill Lane"]}),
    }
    found = {}
    for name, data in pages.items():
        (tmp_path / "a.html").write_bytes(data)
        audit = audit_file(tmp_path / "a.html", PROFILES["public"])
        found[name] = audit.breaks
        assert secret not in str(audit.findings)
    assert found == {"code": True, "data": True, "key": True, "none": False}


SPLIT = ("07700", "900123"), ("+447700", "900 123"), ("01632", "960123")


@pytest.mark.parametrize(("begins", "ends"), SPLIT)
def test_a_telephone_number_in_two_cells(tmp_path, begins, ends):
    row = f"<tr><td>x</td><td>{begins}</td><td>{ends}</td></tr>"
    files = {
        "a.csv": f"name,a,b\nx,{begins},{ends}\n".encode(),
        "a.html": page(f"<table><tr><th>name</th><th>a</th><th>b</th></tr>{row}</table>"),
        "a.xlsx": book(lambda w, _: w.active.append([begins, ends]))(""),
        "a.geojson": collection(feature(properties={"a": begins, "b": ends})),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert audit_file(tmp_path / name, PROFILES["public"]).breaks, name


def test_numbers_in_cells_above_each_other_are_no_position(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"ward_name,ratio\nA,1.0345678\nB,52.1234567\nC,0.9876543\n")
    assert not audit_file(tmp_path / "a.csv", PROFILES["public"]).findings


def test_positions_in_two_cells_are_no_telephone_number(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"beat,easting,northing\n01234,509000,221000\n")
    assert not [one for one in audit_file(tmp_path / "a.csv", PROFILES["public"]).findings if "telephone" in one.what]
