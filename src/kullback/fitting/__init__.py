"""Fitting: the law of a family that is nearest to data, and how surely it is known."""

from kullback._calls import explain_calls
from kullback.fitting.bayes import expected_information_gain, posterior
from kullback.fitting.fit import Fit, fit
from kullback.fitting.goodness import GoodnessOfFit
from kullback.fitting.model import Model
from kullback.fitting.models import mixture_of, shifted, truncated_to
from kullback.fitting.observations import Censored
from kullback.fitting.project import Optimum, Projection, project
from kullback.fitting.selection import FitRanking, RankedFit, compare_fits
from kullback.fitting.statistics import Statistics

__all__ = [
    "Censored",
    "Fit",
    "FitRanking",
    "GoodnessOfFit",
    "Model",
    "Optimum",
    "Projection",
    "RankedFit",
    "Statistics",
    "compare_fits",
    "expected_information_gain",
    "fit",
    "mixture_of",
    "posterior",
    "project",
    "shifted",
    "truncated_to",
]

explain_calls(__name__, __all__)
