"""Evaluation: would the hot spots have predicted what came later, and better than simpler maps of the same size?"""

from geo.evaluation.accuracy import Prediction, prediction_of_area, predictive_accuracy

__all__ = ["Prediction", "prediction_of_area", "predictive_accuracy"]
