"""Engagement: who is being reached and who is not, and how sure one can be. A gap is the force's, not a community's."""
