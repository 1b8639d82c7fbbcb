"""Hand out the bundled sample, from a checkout or from an installed wheel."""

from __future__ import annotations

from importlib.resources import files


def sample_files() -> dict[str, bytes]:
    """Return file name -> content of every file of the Ashview project."""
    bundled = (files("data") / "ashview").iterdir()
    return {file.name: file.read_bytes() for file in sorted(bundled, key=lambda file: file.name) if file.is_file()}
