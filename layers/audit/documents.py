"""Files that are no tables, as texts and positions: XML (GPX, KML), calendars, PDF, pictures and archives."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from geo.errors import counted
from layers.audit.parts import Finding, Part, Positions
from layers.audit.positions import in_degrees
from layers.audit.text import readable

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# the tag of an EXIF block under which it says where a picture was taken, in both orders of bytes
_TAKEN_AT = re.compile(rb"II\*\x00.*?\x25\x88\x04\x00|MM\x00\*.*?\x88\x25\x00\x04", re.S)
_POINT = re.compile(r"<(?:\w+:)?(?:trkpt|rtept|wpt)\b[^>]*>", re.I)
_AT = re.compile(r"\b(lat|lon)\s*=\s*[\"']\s*(-?[\d.]+)")
_TUPLE = re.compile(r"(-?\d{1,3}\.\d+),(-?\d{1,2}\.\d+)")
_WORDS = re.compile(r"=\"([^\"<]{5,})\"|='([^'<]{5,})'|>([^<>]{5,})<|<!--([^<>]{5,})")
_GEO = re.compile(r"^GEO(?:;[^:]*)?:(-?[\d.]+);(-?[\d.]+)", re.M)
# how GPX writes an address
_EMAIL = re.compile(r"<(?:\w+:)?email\b[^>]*?\bid\s*=\s*[\"']([^\"']+)[\"'][^>]*?\bdomain\s*=\s*[\"']([^\"']+)", re.I)
_OWN_UID = re.compile(r"^UID:[0-9a-f]{32}@geo\.invalid\r?$", re.M)  # by which a calendar knows an event again
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.S)
_LITERAL = re.compile(rb"\(((?:[^()\\]|\\.)*)\)", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]{8,})>")
_SHOWN = re.compile(rb"\[((?:\s*(?:\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>|-?[\d.]+))+)\s*\]\s*TJ", re.S)
_OCTAL = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b""}
_INSIDE = {
    rb"/EmbeddedFile": "files",
    rb"/JavaScript": "scripts",
    rb"/Annot\b.{0,400}?/Contents": "notes",
}
_MOST_BYTES, _MOST_FILES = 500_000_000, 10_000


def xml_parts(data: bytes) -> Iterator[Part]:
    """Yield the texts, attributes and comments of an XML file, and the positions of its points."""
    text = data.decode("utf-8", "replace")
    points = [dict(_AT.findall(tag)) for tag in _POINT.findall(text)]
    pairs = [(float(one["lon"]), float(one["lat"])) for one in points if {"lat", "lon"} <= set(one)]
    shown = re.findall(r"<coordinates>([^<]*)<", text)
    pairs += [(float(lon), float(lat)) for block in shown for lon, lat in _TUPLE.findall(block)]
    yield Part("positions", points=_positions(pairs))
    text += "".join(f"\n{name}@{host}" for name, host in _EMAIL.findall(text))
    plain = re.sub(r"<!\[CDATA\[|\]\]>", "", text)
    yield Part("text of the file", texts=[text, re.sub(r"<[^>]*>", " ", text), plain, *_words(plain)])


def _words(text: str) -> list[str]:
    """Return each attribute, text and comment of XML by itself."""
    return [piece for found in _WORDS.findall(text) for piece in found if piece]


def calendar_parts(data: bytes) -> Iterator[Part]:
    """Yield the texts of a calendar, folded lines joined, and its positions."""
    text = re.sub(r"\r?\n[ \t]", "", data.decode("utf-8", "replace"))
    pairs = [(float(lon), float(lat)) for lat, lon in _GEO.findall(text)]
    yield Part("positions", points=_positions(pairs))
    text = _OWN_UID.sub("", text)
    plain = re.sub(r"\\([,;\\])", r"\1", text)
    yield Part("text of the file", texts=[*text.splitlines(), *plain.splitlines()])


def pdf_parts(data: bytes) -> Iterator[Part]:
    """Yield the texts of a PDF: properties, what its pages write, links and what is attached, packed or not.

    What a page draws with letters of its own cannot be read here, and is said so.
    """
    streams = [_unfiltered(match[1]) for match in _STREAM.finditer(data)]
    findings = [
        Finding("breaks", "document", f"It holds {what} that no page shows.", [], "Print the page anew.")
        for sign, what in _INSIDE.items()
        if any(re.search(sign, one, re.S) for one in (data, *streams))
    ]
    if data.rstrip().count(b"%%EOF") > 1:
        what = "It was changed after it was made: earlier versions may be in it."
        findings.append(Finding("look", "document", what, [], "Print the page anew."))
    after = data[data.rfind(b"%%EOF") + 5 :].strip()
    if b"%%EOF" in data and after:
        findings.append(
            Finding("breaks", "document", f"{counted(len(after), 'byte')} after its end.", [], "Make it anew.")
        )
    texts = [text for one in (data, *streams) for text in _pdf_texts(one)]
    what = "What its pages draw with letters of their own, and what pictures show, is not looked at."
    findings.append(Finding("look", "document", what, [], "Read it, or audit the page it was made from."))
    yield Part("document", texts=texts, findings=findings)
    yield Part("bytes of the file", texts=[text for one in (data, *streams) for text in readable(one)], certain=True)


def _unfiltered(stream: bytes) -> bytes:
    """Return what a stream holds: unpacked, written as letters or digits, or both."""
    for decoded in (stream, _from_ascii85(stream), _from_digits(stream)):
        if decoded:
            with contextlib.suppress(zlib.error):
                return zlib.decompressobj().decompress(decoded, _MOST_BYTES)
    return _from_digits(stream) or _from_ascii85(stream) or stream


def _from_ascii85(stream: bytes) -> bytes:
    if not stream.rstrip().endswith(b"~>"):
        return b""
    try:
        return base64.a85decode(stream.strip().removeprefix(b"<~").removesuffix(b"~>"))
    except ValueError:
        return b""


def _from_digits(stream: bytes) -> bytes:
    digits = b"".join(stream.split()).removesuffix(b">")
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:  # also where it is no ASCII
        return b""


def _pdf_texts(data: bytes) -> Iterator[str]:
    for shown in _SHOWN.finditer(data):
        yield "".join(_literal(piece) for piece in _LITERAL.findall(shown[1]))
        yield "".join(_hex(piece) for piece in _HEX.findall(shown[1]))
    for piece in _LITERAL.findall(data):
        yield _literal(piece)
    for piece in _HEX.findall(data):
        yield _hex(piece)
    if b"xmpmeta" in data:
        yield from _words(data.decode("utf-8", "ignore"))


def _literal(piece: bytes) -> str:
    raw = _OCTAL.sub(lambda m: bytes([int(m[1], 8) & 255]) if m[1].isdigit() else _CONTROLS.get(m[1], m[1]), piece)
    return _decoded(raw)


def _hex(piece: bytes) -> str:
    digits = b"".join(piece.split())
    return _decoded(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()))


def _decoded(raw: bytes) -> str:
    return raw[2:].decode("utf-16-be", "ignore") if raw.startswith(b"\xfe\xff") else raw.decode("utf-8", "ignore")


def png_parts(data: bytes) -> Iterator[Part]:
    """Yield the texts that go with a picture; what it shows is not looked at, and said so."""
    texts, findings, at = [], [], len(PNG)
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") or kind not in _DRAWN:
            texts += [*readable(body), *(text for part in _unpacked(body) for text in readable(part))]
            findings += _taken_at(body)
        if kind == b"IEND":
            break
    if data[at:].strip():
        findings.append(
            Finding("breaks", "picture", f"{counted(len(data) - at, 'byte')} after its end.", [], "Save it anew.")
        )
        texts += readable(data[at:])
    findings.append(Finding("look", "picture", "What the picture shows is not looked at.", [], "Look at it."))
    yield Part("texts of the picture", texts=texts, findings=findings)


_DRAWN = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"bKGD", b"sBIT"))


def _unpacked(body: bytes) -> Iterator[bytes]:
    for at in (i for i, byte in enumerate(body[:200]) if byte == 0x78):
        try:
            yield zlib.decompressobj().decompress(body[at:], _MOST_BYTES)
        except zlib.error:
            continue


def jpeg_parts(data: bytes) -> Iterator[Part]:
    """Yield the texts that go with a photograph; what it shows is not looked at, and said so."""
    texts, findings, at = [], [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xDA, 0xD9):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if data[at + 1] == 0xFE or 0xE0 <= data[at + 1] <= 0xEF:  # comments, and what programs add
            texts += readable(body)
            findings += _taken_at(body)
        at += 2 + max(length, 2)
    end = data.rfind(b"\xff\xd9")
    texts += readable(data[end + 2 :]) if end >= 0 else []
    findings.append(Finding("look", "picture", "What the picture shows is not looked at.", [], "Look at it."))
    yield Part("texts of the picture", texts=texts, findings=findings)


def picture_parts(data: bytes) -> Iterator[Part]:
    """Yield the parts of a picture, none where it is of a kind that holds no texts."""
    if data.startswith(PNG):
        yield from png_parts(data)
    elif data.startswith(JPEG):
        yield from jpeg_parts(data)


def _taken_at(body: bytes) -> list[Finding]:
    if not _TAKEN_AT.search(body):
        return []
    return [Finding("breaks", "picture", "It says where it was taken.", [], "Save it without that.")]


def zip_parts(data: bytes, opened: Callable[[bytes, str], list[Part]]) -> Iterator[Part]:
    """Yield the parts of every file in an archive, as ``opened`` finds them, its names and its comments."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        yield Part("archive", findings=[_shut("archive")])
        return
    members = [one for one in archive.infolist() if not one.is_dir()]
    texts = [one.filename for one in archive.infolist()]
    texts += [raw.decode("utf-8", "ignore") for raw in (archive.comment, *(one.comment for one in members))]
    texts += [text for one in members for text in readable(one.extra)]
    yield Part("names and comments of the archive", texts=texts)
    yield Part("bytes of the archive", texts=readable(data), certain=True)
    room = _MOST_BYTES
    for member in members[:_MOST_FILES]:
        if member.flag_bits & 1 or member.file_size > room:
            yield Part(f"file {member.filename!r}", findings=[_shut(f"file {member.filename!r}")])
            continue
        try:
            inner = archive.read(member)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error):
            yield Part(f"file {member.filename!r}", findings=[_shut(f"file {member.filename!r}")])
            continue
        room -= len(inner)
        if inner:
            yield from opened(inner, member.filename)


def _shut(place: str) -> Finding:
    what = "It cannot be opened here, so nobody can say what it discloses."
    return Finding("breaks", place, what, [], "Leave it out, or pack it anew without a password.")


def _positions(pairs: list[tuple[float, float]]) -> Positions | None:
    return in_degrees([lon for lon, _ in pairs], [lat for _, lat in pairs]) if pairs else None
