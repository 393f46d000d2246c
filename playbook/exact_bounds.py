"""The exact bounds of a failure rate for one look at a sample of a size fixed beforehand.

They stand beside the ones that decide, to show what looking again and again costs; they decide nothing themselves.
C. Clopper, E. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, Biometrika 26
(1934); a bound is a quantile of a beta distribution.
https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.betaincinv.html
"""

from scipy.special import betaincinv

from playbook.bounds import CONFIDENCE_PERCENT, Tally


def exact_upper_bound_percent(tally: Tally) -> float:
    """One-sided, 95 %; 100 before the first success."""
    if tally.failures == tally.attempts:
        return 100.0
    successes = tally.attempts - tally.failures
    return 100 * float(betaincinv(tally.failures + 1, successes, CONFIDENCE_PERCENT / 100))


def exact_lower_bound_percent(tally: Tally) -> float:
    """One-sided, 95 %; 0 before the first failure."""
    if tally.failures == 0:
        return 0.0
    successes = tally.attempts - tally.failures
    return 100 * float(betaincinv(tally.failures, successes + 1, 1 - CONFIDENCE_PERCENT / 100))
