"""constraints.txt and sbom.json from uv.lock: versions and hashes of every package the tests ran with, and no address.

Run: python benchmarks/supply_chain.py [FOLDER]; with --sbom FOLDER sbom.json alone, from constraints.txt. With
--advisories FILE (JSON: {package: [{"below": version, "id": name}]}) it says which of them have known faults, and ends
with 1 if any has.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def packages(required: str) -> list[dict[str, Any]]:
    """Return the packages that constraints.txt names, by name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", required, re.M)
    return [{"name": name, "version": version} for name, version in sorted(found)]


def constraints(root: Path = ROOT) -> str:
    """Return requirements with hashes for every Python and system, in the form of pip, as uv writes them."""
    words = "export --frozen --all-groups --no-emit-project --no-header --no-annotate --quiet".split()
    done = subprocess.run(["uv", *words], cwd=root, capture_output=True, text=True, check=True)
    if "://" in done.stdout:
        raise SystemExit("uv.lock holds a package that is taken from an address; name an index's version of it.")
    return f"# Made by benchmarks/supply_chain.py from uv.lock.\n{done.stdout}"


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
    """Write the files, or say which packages have known faults."""
    if words[:1] == ["--advisories"]:
        held = packages((ROOT / "constraints.txt").read_text(encoding="utf-8"))
        faults = known_faults(held, json.loads(Path(words[1]).read_text(encoding="utf-8")))
        print("\n".join(faults) or f"None of {len(held)} packages has a fault that {words[1]} knows.")
        return int(bool(faults))
    if words[:1] == ["--sbom"]:
        folder, required = Path(words[1]), (ROOT / "constraints.txt").read_text(encoding="utf-8")
    else:
        folder, required = (Path(words[0]) if words else ROOT), constraints()
        (folder / "constraints.txt").write_text(required, encoding="utf-8")
    held = packages(required)
    (folder / "sbom.json").write_text(json.dumps(bill(held), indent=1) + "\n", encoding="utf-8")
    print(f"{len(held)} packages into {folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
