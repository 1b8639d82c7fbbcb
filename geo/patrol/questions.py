"""Three open questions to ask at a stop: what it is like here, what the reason for the visit leaves open, what next.

They ask about a place and about the team's own work, never about a community, its members or why somebody "failed" to
come. None can be answered with yes or no, and none holds the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

ABOUT_PLACE = "What is it like to be here at this time of day?"
ABOUT_PEOPLE = "What has been on people's minds here lately?"
NEXT = "What would you like to hear back from us, and how?"
# by reason, in the order in which they are asked
QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "never_reached": "How would you like to be in touch with the neighbourhood team?",
        "not_for_a_long_time": "What has changed since we were last here?",
        "under_engaged": "Where and when would meeting us suit people here best?",
        "follow_up": "What would make our meetings worth your time?",
        "invited_not_coming": "What would make our meetings worth your time?",
        "only_after_incidents": "What should we talk about when nothing has happened?",
        "one_method_only": "Which other ways of being in touch would suit people here?",
        "one_objective_only": "What else matters here that we have not asked about?",
        "no_spoc": "Who would be good for us to keep in touch with, and how?",
        "review_overdue": "What works in how we keep in touch, and what does not?",
        "new": "What is different here from a few months ago?",
        "rising": "What has changed here in the last few months?",
        "personal": "What helps people here to feel safe, and what does not?",
        "nuisance": "How do people share this place, and where does that get difficult?",
        "environmental": "What about the look and the state of this place matters most to you?",
        "hot spot": "Who else should we listen to about this place?",
    }
)


def three_questions(kind: str, reasons: Collection[str]) -> list[str]:
    """Return three questions for a stop, all different.

    ``kind``: "hot spot" or "focal point". ``reasons``: any keys of QUESTIONS; the one asked first there gives the
    second question, and the next the third where there is one.
    """
    opening = ABOUT_PLACE if kind == "hot spot" else ABOUT_PEOPLE
    asked = list(dict.fromkeys(question for reason, question in QUESTIONS.items() if reason in reasons))
    spare = [QUESTIONS["hot spot"]] if kind == "hot spot" else []
    return [opening, *dict.fromkeys([*asked[:2], *spare, NEXT, ABOUT_PLACE])][:3]
