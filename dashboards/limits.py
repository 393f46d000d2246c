"""The playbook's limits (sections 1 and 4), each written once for the alarm, the dashboard and the go/no-go.

The error rate's limit and the latency budget are an environment's own.
"""

from typing import Final

P95_GO_FACTOR: Final = 1.15
P95_LIMIT_FACTOR: Final = 1.3
SHADOW_DIFF_GO_PERCENT: Final = 0.5
SHADOW_DIFF_LIMIT_PERCENT: Final = 1.0
SHADOW_ERROR_LIMIT_PERCENT: Final = 5
SHADOW_P95_LIMIT_MS: Final = 1000
SHADOW_COVERAGE_GO_PERCENT: Final = 99
