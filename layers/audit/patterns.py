"""What tells of a person or an exact place by its form, in the spellings that people use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_ROADS = "Street|Road|Way|Lane|Avenue|Close|Drive|Court|Place|Square|Gardens|Crescent"
# what else stands after a name that is no person's, and how else an address ends
_STREETS = f"{_ROADS}|House|Hall|Park"
_ADDRESSES = f"{_ROADS}|St|Rd|Ln|Ave|Ct|Gdns|Cres|Terrace|Grove|Hill|Mews"
_TITLES = (
    "Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|PC|WPC|PCSO|PS|Sgt|Sergeant|Insp|Inspector|Supt|Superintendent|DC|DS|DI|DCI"
    "|D\\.C\\.|D\\.S\\.|D\\.I\\.|Imam|Rev|Revd|Reverend|Pastor|Rabbi|Cllr|Councillor"
)
_NAME = (
    r"(?:[A-Z]\.? )?(?:(?:van|von|de|der|den|al|el|bin)[ -])*(?:[OD]['’]|Mc|Mac)?"
    r"[A-ZÀ-Þ][a-zß-ÿ]+(?:[-'’][A-ZÀ-Þ][a-zß-ÿ]+)?"
)
# between the parts of an address that is written so that no program knows it
_AT = r"(?: ?[(\[{<] ?(?:at|@) ?[)\]}>] ?| @ )"
_DOT = r"(?: ?[(\[{<] ?(?:dot|\.) ?[)\]}>] ?|\.)"
# between what is numbered and its number
_NUMBERED = r"(?:[ -]?(?:no|num|number|id|ref)\b\.?)?\W{1,3}"
# latitudes and longitudes of the British Isles, as far as their fourth decimal, and what may stand between the two:
# no end of a text (texts are searched joined by zeros)
_LAT, _LON, _BETWEEN = r"(?:49|5\d|60)\.\d{4,}", r"-?[0-9]\.\d{4,}", r"[^\d\x00]{1,14}"


class Pattern(NamedTuple):
    """``what`` it looks like and its expression; ``always``: it breaks every profile, else those for others;
    ``certain``: it can be nothing else, otherwise it is worth a look; ``within``: where it is looked for, all texts,
    or short ones only (data and programs are full of its like), or ``positions``: short ones where no position may be
    exact. An expression begins where a run of its letters begins: a cell may be a hundred thousand of them.
    """

    what: str
    sign: re.Pattern[str]
    always: bool = True
    certain: bool = True
    within: Literal["all", "short", "positions"] = "all"


def _patterns() -> Iterator[Pattern]:
    yield from _addresses()
    yield from _numbers()
    yield from _vehicles()
    yield from _accounts()
    yield from _names()
    yield from _places()


def _addresses() -> Iterator[Pattern]:
    # begins where a run of such letters begins: else a run of a hundred thousand is looked through from each of them
    yield Pattern("e-mail address", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"))
    yield Pattern(
        "e-mail address",
        re.compile(
            rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:{_AT}[\w-]{{1,64}}(?:{_DOT}[\w-]{{1,64}}){{1,5}}"
            r"| (?:at|@) [\w-]{1,64}(?: dot [\w-]{1,64}){1,5})(?!\w)",
            re.I,
        ),
    )
    # no points between the digits (a decimal number), and at least the area code in one piece (a date)
    yield Pattern(
        "telephone number",
        re.compile(
            r"(?<![\w/.,+-])(?<!\d:)(?:(?:\+44|0044) ?(?:\(0\) ?)?|\(?0)"
            r"(?:2\d|1\d{2,4}|3\d{2}|7\d{3}|8\d{2})\)?(?:[ -]?\d){6,8}(?!\w|[./:,-]\d)",
            re.ASCII,
        ),
    )
    yield Pattern(
        "telephone number",
        re.compile(
            r"(?<![\w/.,+-])(?:(?:\+44|0044)[ .-]?(?:\(0\)[ .-]?)?[1-37]\d(?:[ .-]?\d){7,8}"
            r"|44 ?7\d{3} ?\d{3} ?\d{3}"
            r"|0(?:7\d{3}|1\d{2,3}|2\d|3\d{2}|8\d{2})([./_])\d{3,4}\1?\d{3,4}"
            r"|(?=(?:\d ?){11}(?![ ]?\d))07\d{0,2}(?: \d{2,4}){2,4}"
            r"|(?<!\d )0 7(?: \d){9}(?! \d))(?!\w|[./:,-]\d)",
            re.ASCII,
        ),
    )


def _numbers() -> Iterator[Pattern]:
    yield Pattern(
        "postcode",
        re.compile(
            r"(?<![\w-])(?:[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]?[ -]?\d[ABD-HJLNP-UW-Z]{2}"
            r"|[a-pr-uwyz][a-hk-y]?\d[a-z\d]? \d(?!th|st|nd|rd)[abd-hjlnp-uw-z]{2})(?![\w-])",
            re.ASCII,
        ),
        always=False,
    )
    yield Pattern(
        "National Insurance number",
        re.compile(
            r"(?<![\w-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ ./-]?\d{2} ?\d{2} ?\d{2} ?[A-D]"
            r"|([./-])\d{2}\1?\d{2}\1?\d{2}\1?[A-D])(?![\w-])"
            r"|(?<!\w)(?:NINO|NI (?:no|number))\W{1,3}[A-Z]{2} ?\d{2} ?\d{2} ?\d{2}(?!\d)",
            re.ASCII | re.I,
        ),
    )
    yield Pattern(
        "pseudonym of a victim",
        re.compile(
            r"(?<![\w-])(?:(?:V|VIC|VICTIM)[-_]"
            r"|(?:VIC|VICTIM)(?:[ /#.:]{1,2}|[ ]?(?:no|ref|number|id)\b\W{0,3})?)\d{2,}(?![\w-])",
            re.I,
        ),
    )
    yield Pattern(
        "pseudonym of a contact",
        re.compile(r"(?<![\w-])(?:(?:STK|STAKEHOLDER)[-_ ]?\d{2,}|SPOC[-_ ]?\d{2,}|SPOC[-_]\d)(?![\w-])", re.I),
        always=False,
    )
    yield Pattern("number of a crime record", re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"), always=False)
    yield Pattern(
        "number of a crime record",
        re.compile(
            r"(?<![\w/])\d{2}[A-Z]{0,2}/\d{4,7}/\d{2}(?![\w/])"
            r"|(?<!\w)(?:URN|CRN|(?i:crime (?:ref(?:erence)?|no|number)))\W{1,3}(?=[\w/]{0,20}\d{4})[\w/]{6,}"
        ),
        always=False,
    )
    yield Pattern(
        "date of birth",
        re.compile(
            r"(?<!\w)(?:dob|d\.o\.b\.|date of birth|born(?: on)?)\W{1,3}\d{1,2}[ /.-]\w{2,9}[ /.-]\d{2,4}", re.I
        ),
    )
    yield Pattern(
        "number of a document of a person",
        re.compile(
            rf"(?<!\w)(?:(?:NHS|passport){_NUMBERED}\d{{3}} ?\d{{3}} ?\d{{3,4}}(?!\d)"
            r"|[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}(?!\w))",
            re.I,
        ),
        always=False,
    )
    yield Pattern(
        "officer's number",
        re.compile(
            rf"(?<!\w)(?:(?:collar|shoulder|epaulette){_NUMBERED}[a-z]{{0,2}}\d{{3,6}}"
            rf"|(?:warrant|badge|force)(?: card)?(?= ?(?:no|num|number|id)\b|\W{{1,3}}[a-z]{{0,2}}\d{{4}})"
            rf"{_NUMBERED}[a-z]{{0,2}}\d{{3,6}})(?!\w)",
            re.I,
        ),
        always=False,
    )
    yield Pattern(
        "officer's number",
        re.compile(
            r"(?<![\w-])(?:(?:W?PC|PCSO|PS|Sgt|Insp|D[CSI])\.? ?(?!(?:19|20)\d\d(?!\d))[A-Z]?\d{3,5}|[Vv]0\d{3})"
            r"(?![\w-]|[.,]\d)",
            re.ASCII,
        ),
        always=False,
        within="short",
    )


def _vehicles() -> Iterator[Pattern]:
    yield Pattern(
        "vehicle's registration", re.compile(r"(?<![\w-])[A-HJ-PR-Y]{2}\d{2} [A-HJ-PR-Z]{3}(?![\w-])", re.ASCII)
    )
    yield Pattern(
        "vehicle's registration",
        re.compile(
            r"(?<![\w/+-])(?:[A-HJ-PR-Y]{2}\d{2}-?[A-HJ-PR-Z]{3}|[A-HJ-NPR-TV-Y]\d{3} ?[A-HJ-PR-Y]{3}"
            r"|[A-HJ-PR-Y]{3} ?\d{3}[A-HJ-NPR-TV-Y])(?![\w/+=-])"
            r"|(?<!\w)(?:VRM|VRN|(?i:reg(?:istration)?(?: (?:no|number|mark|plate))?|number plate))\W{1,3}"
            r"(?i:(?=[a-z0-9 ]{0,7}\d)(?=[a-z0-9 ]{0,7}[a-z])[a-z0-9]{2,4} ?[a-z0-9]{2,4})(?!\w)",
            re.ASCII,
        ),
        always=False,
    )
    # small letters, but for words, and Northern Ireland, but for words and makes before a number
    yield Pattern(
        "vehicle's registration",
        re.compile(
            r"(?<![\w/+-])(?:(?i:[a-hj-pr-y]{2}(?:0[1-9]|[12]\d|5[1-9]|[67]\d)[ -]?"
            r"(?!the|and|was|for|has|had|are|not|but|per|our|you|all|who|km|to)[a-hj-pr-z]{3})"
            r"|(?!(?:[KVCMPDEFST]IA|[BDFPRWG]IG|[ONMT]IL|[RLB]IB|DUI) ?\d)"
            r"[A-Z](?:[A-HJ-PR-Y]Z|I[ABGHJLW]|[JOUX]I) ?\d{3,4})(?![\w/+=-])",
            re.ASCII,
        ),
        always=False,
        within="short",
    )


def _accounts() -> Iterator[Pattern]:
    yield Pattern(
        "account at a bank",
        re.compile(
            r"(?<!\w)(?:(?i:(?:GB|IE)\d{2}[ -]?[A-Z]{4}(?:[ -]?\d{2}){7})"
            r"|(?:BE|DE|ES|FR|IT|LT|NL|PL|PT|RO)\d{2}(?=(?:[ -]?[A-Z]){0,5}(?:[ -]?\d){6})"
            r"(?:[ -]?[A-Z0-9]{4}){3,6}(?:[ -]?[A-Z0-9]{1,3})?"
            r"|(?i:sort[ -]?code|s/c)(?: is| no\.?| number)?\W{1,3}\d\d[ -]?\d\d[ -]?\d\d"
            r"|(?i:account|acct|a/c) (?i:no\.?|num|number)\W{1,3}\d{8}"
            r"|\d\d-\d\d-\d\d\W{1,3}(?!(?:19|20)\d{6})\d{8})(?!\w)",
            re.ASCII,
        ),
    )
    # a sort code that cannot be a date: its middle is no month and no day
    yield Pattern(
        "account at a bank",
        re.compile(r"(?<![\w.,+/:-])\d\d-(?:00|3[2-9]|[4-9]\d)-\d\d(?![\w/:-]|[.,]\d)", re.ASCII),
        always=False,
        certain=False,
        within="short",
    )
    # not a rule of a style, a mark of a comment in a program, a key of JSON-LD, a name of a package or a host
    yield Pattern(
        "name in a social network",
        re.compile(
            r"(?<![\w@./-])@(?!(?:media|import|font|keyframes|page|charset|supports|layer|container|namespace|property"
            r"|id|type|context|graph|value|language|license|preserve|copyright|param|returns?|version|author|see)\b"
            r"|[\w.]{1,60}\.(?:com|org|net|uk|eu|invalid|example)\b)[A-Za-z_](?:\w|\.(?=\w)){2,29}(?![\w@/(-])"
            r"|(?<![\w-])(?i:twitter|x|instagram|facebook|tiktok|t|snapchat|linkedin)\.(?:com|me)/"
            r"(?!share|intent|home|search|hashtag)@?(?:in/|add/)?[\w.-]{3,30}",
            re.ASCII,
        ),
        always=False,
        within="short",
    )
    yield Pattern(
        "name in a social network",
        re.compile(
            r"(?<![\w-])(?:insta(?:gram)?|snap(?:chat)?|tiktok|twitter|facebook|fb|telegram|discord|IG)"
            r"(?: (?:name|handle|id|user(?:name)?))?(?: is)?\s?[:=]\s?@?(?!http)[a-z][\w.]{2,29}",
            re.ASCII | re.I,
        ),
        always=False,
        certain=False,
        within="short",
    )


def _names() -> Iterator[Pattern]:
    yield Pattern(
        "name after a title",
        re.compile(
            rf"(?<!\w)(?:{_TITLES})\.?(?: \d{{2,6}})? (?!{_STREETS}){_NAME}"
            rf"(?: (?!{_STREETS}){_NAME})?\b(?! (?:{_STREETS}))"
            r"|(?<!\w)(?:MR|MRS|MS|MISS|DR)\.? [A-Z]{2,}(?: [A-Z]{2,})?(?!\w)"
            r"|(?<!\w)mrs? [a-z]{2,}(?: [a-z]{2,})?(?!\w)"
        ),
        always=False,
        certain=False,
    )
    # a single figure before a street is a rank in a list, unless words say that somebody lives there
    yield Pattern(
        "address",
        re.compile(
            r"(?<![\w.,/-])(?<!\d:)(?:(?:Flat|Apartment|Room|House) (?:no\.? ?)?\d{1,4}[A-Za-z]?\b"
            r"|(?i:liv(?:es?|ed|ing)|stay(?:s|ed|ing)|resid(?:es?|ed|ing|ent)|address)(?i: at| of|:) "
            r"\d{1,4}[A-Za-z]?,? [A-Z][a-z]+"
            r"|(?:(?<=at )|(?<=of )|(?<=in )|(?<=from )|(?<=: )|(?=\d\d|\d[A-Za-z]))\d{1,4}[A-Za-z]?,? "
            rf"(?:[A-Z][a-z'’]{{1,30}} ){{1,3}}(?:{_ADDRESSES})(?!\w))"
        ),
        always=False,
        certain=False,
        within="short",
    )


def _places() -> Iterator[Pattern]:
    yield Pattern(
        "exact position",
        re.compile(
            rf"(?<![\d.])(?:{_LAT}{_BETWEEN}{_LON}|{_LON}{_BETWEEN}{_LAT})(?!\.)"
            r"|(?<!\w)[HNOST][A-HJ-Z] ?(?:\d{5} ?\d{5}|\d{4} ?\d{4})(?!\w)"
            r"|(?<!\w)E ?\d{6}(?:\.\d+)?\W{1,3}N ?\d{6,7}|POINT ?\(\d{6}(?:\.\d+)? \d{6,7}"
            r"|\d{1,2}°\s?\d{1,2}['′]\s?\d{1,2}(?:\.\d+)?[\"″]?\s?[NS]"
            r"|(?<![\w+])[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2,3}(?![\w+])|///[a-z]+\.[a-z]+\.[a-z]+(?!\w)"
        ),
        always=False,
        within="positions",
    )
    yield Pattern(
        "exact position",
        re.compile(r"(?<![\d.,-])[1-6]\d{5}(?:\.\d+)?, ?1?\d{6}(?:\.\d+)?(?![\d.,])"),
        always=False,
        certain=False,
        within="positions",
    )


PATTERNS = tuple(_patterns())
