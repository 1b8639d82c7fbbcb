"""constraints.txt and sbom.json from uv.lock: versions and hashes of every package the tests ran with, and no address.

Run: python benchmarks/supply_chain.py [FOLDER]. With --advisories FILE (JSON:
{package: [{"below": version, "id": name}]}) it says which of them have known faults, and ends with 1 if any has.
"""

from __future__ import annotations

import json
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OWN = "geo-engagement"


def packages(lock: Path) -> list[dict[str, Any]]:
    """Return the packages of a lock file but our own, by name."""
    held = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return sorted((one for one in held if one["name"] != OWN), key=lambda one: (one["name"], one["version"]))


def constraints(held: list[dict[str, Any]]) -> str:
    """Return requirements with hashes, in the form of pip."""
    lines = ["# Made by benchmarks/supply_chain.py from uv.lock."]
    for one in held:
        files = [*one.get("wheels", []), *([one["sdist"]] if "sdist" in one else [])]
        hashes = sorted({file["hash"] for file in files if "hash" in file})
        lines.append(" \\\n    ".join([f"{one['name']}=={one['version']}", *(f"--hash={value}" for value in hashes)]))
    return "\n".join(lines) + "\n"


def bill(held: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the packages as a CycloneDX bill of materials; licences of those that are installed here."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "components": [
            {
                "type": "library",
                "name": one["name"],
                "version": one["version"],
                "licenses": [{"license": {"name": name}} for name in _licence(one["name"])],
            }
            for one in held
        ],
    }


def _licence(name: str) -> list[str]:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    named = told.get("License-Expression") or next(
        (one.split(" :: ")[-1] for one in told.get_all("Classifier") or [] if one.startswith("License :: ")), None
    )
    return [named] if named else []


def known_faults(held: list[dict[str, Any]], advisories: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return a sentence for each package with a version below one that mends a known fault."""
    found = []
    for one in held:
        for fault in advisories.get(one["name"], []):
            if _order(one["version"]) < _order(fault["below"]):
                found.append(f"{one['name']} {one['version']}: {fault['id']}, mended in {fault['below']}.")
    return found


def _order(version: str) -> list[int]:
    return [int("".join(filter(str.isdigit, part)) or 0) for part in version.split("+")[0].split(".")]


def main(words: list[str]) -> int:
    """Write the two files, or say which packages have known faults."""
    held = packages(ROOT / "uv.lock")
    if words[:1] == ["--advisories"]:
        faults = known_faults(held, json.loads(Path(words[1]).read_text(encoding="utf-8")))
        print("\n".join(faults) or f"None of {len(held)} packages has a fault that {words[1]} knows.")
        return int(bool(faults))
    folder = Path(words[0]) if words else ROOT
    (folder / "constraints.txt").write_text(constraints(held), encoding="utf-8")
    (folder / "sbom.json").write_text(json.dumps(bill(held), indent=1) + "\n", encoding="utf-8")
    print(f"{len(held)} packages into {folder / 'constraints.txt'} and {folder / 'sbom.json'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
