"""Writes settings.md from the descriptions in ``study.settings``: uv run python docs/make_settings.py."""

from __future__ import annotations

from pathlib import Path

from study.choices import COMMANDS, LAYERS, OWN, layer_help
from study.settings import Setting, Settings, default, settings_of

_HEAD = """# Settings

Every setting of every step, once. It is an option of the commands that use the step (`--max-width 200`), a key
of `geo.toml` (`max-width = 200`, in the section named) and an argument in Python (`study.open(max_width=200)`).
The command line wins over `geo.toml`; what stands in `geo.toml` holds for every command that uses the step. This
page is made by `docs/make_settings.py`.
"""


def settings_page() -> str:
    """Return settings.md: a table a class of settings, then the layers."""
    classes = dict.fromkeys(cls for one in COMMANDS.values() for cls in one.settings)
    parts = [_HEAD, *(_table(cls) for cls in classes)]
    rows = [f"| `{name}` | {_cell(layer_help(name))} |" for name in LAYERS]
    parts.append("\n".join(["## `[layers]`", "", "| layer | what it is |", "|---|---|", *rows]))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _table(cls: type[Settings]) -> str:
    used = [name for name, one in COMMANDS.items() if cls in (*one.settings, *one.uses)]
    where = "the section of each command" if cls in OWN else f"`[{cls.section}]`"
    lines = [
        f"## {(cls.__doc__ or '').rstrip('.')}",
        "",
        f"{where}; {', '.join(f'`geo {name}`' for name in used)}",
        "",
        "| setting | value | default | range | |",
        "|---|---|---|---|---|",
    ]
    for name, one in settings_of(cls).items():
        cells = (f"`{name.replace('_', '-')}`", _value(one), _shown(one, default(cls, name)), one.range(), one.help)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _value(one: Setting) -> str:
    return "true or false" if one.kind == "flag" else one.written() + (", several" if one.several else "")


def _shown(one: Setting, value: object) -> str:
    if value is None:
        return one.word or ""
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(__file__).with_name("settings.md").write_text(settings_page(), encoding="utf-8", newline="\n")
