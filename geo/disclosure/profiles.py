"""Three readers, three profiles: what each may be given, and what never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geo.disclosure.columns import CENSUS, FORBIDDEN, LISTED, PEOPLE, RECORDS
from geo.errors import GeoError, listed

if TYPE_CHECKING:
    from geo.disclosure.series import Entry, Refusal


@dataclass(frozen=True)
class Profile:
    """What one kind of reader may be given.

    ``minimum_count``: counts below it are hidden (k); with ``exact_records`` only counts of people are, and counts of
    what was recorded (incidents, contacts, events) stay as they are. ``rounding``: what is left is rounded to the
    nearest multiple of it; 1 rounds nothing. ``coordinate_m``: positions are moved to a grid of this step in metres;
    0 leaves them. ``columns``: {layer: the columns that may be in it}; a layer or column that is not there may not be
    given. ``forbidden``: columns that may be nowhere, in whatever layer. ``allowed``:
    addresses and numbers of offices, which are no person's.
    """

    name: str
    minimum_count: int
    rounding: int
    exact_records: bool
    coordinate_m: float
    columns: Mapping[str, frozenset[str]]
    forbidden: frozenset[str]
    people: frozenset[str] = PEOPLE
    records: frozenset[str] = RECORDS
    census: frozenset[str] = CENSUS
    allowed: frozenset[str] = frozenset()

    def listing(self, shown: Mapping[str, frozenset[str]]) -> Profile:
        """Return this profile with further columns listed: ``shown`` is {layer: columns}, as layers describe them."""
        names = dict.fromkeys([*self.columns, *shown])
        none: frozenset[str] = frozenset()
        columns = {name: self.columns.get(name, none) | shown.get(name, none) for name in names}
        return replace(self, columns=columns)

    def stricter(
        self,
        *,
        minimum_count: int | None = None,
        rounding: int | None = None,
        coordinate_m: float | None = None,
        without: Mapping[str, frozenset[str]] | None = None,
    ) -> Profile:
        """Return this profile with stricter parameters; GeoError for one that is looser than the profile's own.

        A higher ``minimum_count``, a coarser ``rounding`` (a multiple of the profile's own, so that the steps stay
        inside each other), a longer ``coordinate_m``, and columns to leave out of layers (``without``).
        """
        count = self.minimum_count if minimum_count is None else minimum_count
        step = self.rounding if rounding is None else rounding
        metres = self.coordinate_m if coordinate_m is None else coordinate_m
        if count < self.minimum_count:
            raise self._looser("counts are hidden", f"below {self.minimum_count}", f"below {count}")
        if step < self.rounding or step % self.rounding:
            raise self._looser("counts are rounded", f"to multiples of {self.rounding}", f"to multiples of {step}")
        if not metres >= self.coordinate_m:
            raise self._looser("positions are given", f"to {self.coordinate_m:g} m", f"to {metres:g} m")
        columns = {name: self.columns[name] - (without or {}).get(name, frozenset()) for name in self.columns}
        return replace(self, minimum_count=count, rounding=step, coordinate_m=float(metres), columns=columns)

    def judged(self, earlier: Sequence[Entry], release: Entry) -> list[Refusal]:
        """Return what a release tells together with earlier ones and this profile hides: ``geo.disclosure.series``."""
        from geo.disclosure.series import judged  # the solver takes a second to load

        return judged(earlier, release, self.minimum_count)

    def _looser(self, what: str, own: str, asked: str) -> GeoError:
        return GeoError(
            f"In the profile {self.name} {what} {own}; {asked} was asked for.",
            "A profile can be made stricter, never looser. Choose another profile if its reader is another.",
        )


PROFILES: Mapping[str, Profile] = {
    "internal": Profile("internal", 5, 1, True, 0.0, LISTED["internal"], FORBIDDEN["internal"]),
    "partner": Profile("partner", 10, 5, False, 50.0, LISTED["partner"], FORBIDDEN["partner"]),
    "public": Profile("public", 10, 5, False, 100.0, LISTED["public"], FORBIDDEN["public"]),
}


def profile_named(name: str, shown: Mapping[str, frozenset[str]] | None = None) -> Profile:
    """Return a profile by its name; GeoError for an unknown one.

    ``shown``: what the descriptions of the layers list for this profile (``layers.registry.shown(name)``).
    """
    if name not in PROFILES:
        raise GeoError(f"No profile {name!r}.", f"There are: {listed(list(PROFILES))}.")
    return PROFILES[name].listing(shown or {})
