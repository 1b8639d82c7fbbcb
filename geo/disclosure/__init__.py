"""What may leave the building: profiles, small counts, suppression, and the one function that applies them."""

from geo.disclosure.personal import without_personal

__all__ = ["without_personal"]
