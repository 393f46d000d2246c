"""How many data points make a percentile of which an alarm that ignores small samples takes notice. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
"""

import math
from typing import Final

_HALF: Final = 50.0


def least_samples(percentile: str) -> float:
    """10 / (1 - percentile) from the median on, and 10 / percentile below it; `percentile` is as in p99.9."""
    percent = float(percentile[1:])
    rest = 100 - percent if percent >= _HALF else percent
    return 1000 / rest if rest else math.inf
