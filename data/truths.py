"""What is true in Ashview: the stories an analysis should find again, as numbers in one place.

The generator reads them, the README tells them, the tests measure them.
"""

from __future__ import annotations

from datetime import date

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2025, 12, 31)

# 1. Ashview Park: the youth hub at its gate shut, and reports went from about 6 to about 30 a month.
HUB = "Mindset"
HUB_CLOSED = date(2025, 3, 31)
PARK_A_MONTH_BEFORE, PARK_A_MONTH_AFTER = 6.0, 30.0

# 2. Easington Way: one household, two neighbours, one pseudonym behind most of the calls.
DISPUTE_VICTIM = "V-0417"
DISPUTE_FROM, DISPUTE_TO = date(2024, 8, 5), date(2025, 2, 16)
DISPUTE_PEAK_FROM, DISPUTE_PEAK_TO = date(2024, 10, 7), date(2024, 12, 15)
DISPUTE_CALLS_A_DAY_AT_PEAK, DISPUTE_CALLS_A_DAY_OTHERWISE = 2.0, 1.0
DISPUTE_VICTIM_SHARE = 0.75
DEALING_FROM, DEALING_TO = date(2024, 11, 1), date(2025, 9, 30)
DEALING_A_MONTH = 6.0

# 3. High Street: a steady level all along, and six weeks of racial abuse at one shop after a post.
RUMOUR_ON = date(2025, 6, 14)
RUMOUR_DAYS = 42
RUMOUR_A_DAY = 2.6
SHOP_VICTIM = "V-0102"
HIGH_STREET_A_MONTH = 30.0

# 4. Ashview Comprehensive: when school is out, on school days only.
SCHOOL_OUT = (15 * 60, 16 * 60 + 30)
SCHOOL_A_DAY = 0.8
TERMS = (
    (date(2024, 1, 8), date(2024, 2, 9)), (date(2024, 2, 19), date(2024, 3, 28)),
    (date(2024, 4, 15), date(2024, 5, 24)), (date(2024, 6, 3), date(2024, 7, 19)),
    (date(2024, 9, 4), date(2024, 10, 25)), (date(2024, 11, 4), date(2024, 12, 20)),
    (date(2025, 1, 6), date(2025, 2, 14)), (date(2025, 2, 24), date(2025, 4, 4)),
    (date(2025, 4, 22), date(2025, 5, 23)), (date(2025, 6, 2), date(2025, 7, 22)),
    (date(2025, 9, 3), date(2025, 10, 24)), (date(2025, 11, 3), date(2025, 12, 19)),
)  # fmt: skip

# 5. Sandford: a rumour there, tension here.
TENSION_FROM, TENSION_TO = date(2025, 5, 20), date(2025, 7, 31)

# Who is heard. The gap is the force's: these are people nobody went to see, not people who are hard to reach.
UNHEARD = "Roma"
REACTIVE_ONLY = "African"
NO_FOCAL_POINT = "Gypsy or Irish Traveller"
SILENT_WARD = "Larkfield"
FORUM_EVERY_DAYS = 61
# Members of the leaders' forum who never came and whom nobody asked why.
NEVER_ASKED = ("STK-10", "STK-11")

# Repeat victims as of the last day: both rules, only "more than one in 12 months", neither.
REPEATS = {
    "V-0201": (date(2025, 2, 3), date(2025, 6, 11), date(2025, 10, 20)),
    "V-0202": (date(2025, 1, 15), date(2025, 9, 2)),
    "V-0203": (date(2024, 3, 5), date(2025, 5, 20)),
}

# Rows as real life has them.
NO_POSITION, AT_ZERO, IN_THE_SEA = 12, 3, 7
UNREADABLE_DATES = ("2025-02-30 21:10", "unknown")


def in_term(day: date) -> bool:
    """Tell whether the school is open: a weekday inside a term (bank holidays are not looked up)."""
    return day.weekday() < 5 and any(start <= day <= end for start, end in TERMS)
