"""Where the likelihood of each family is greatest: closed forms, Newton iterations, beginnings."""

from kullback.fitting.maxima import bounded, discrete, gamma, location, positive

__all__ = ["bounded", "discrete", "gamma", "location", "positive"]
