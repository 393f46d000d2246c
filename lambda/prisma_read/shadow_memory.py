"""Remembers which reads were compared, because CloudWatch Logs may deliver a line more than once."""


class ComparedReads:
    """The last `capacity` request ids that were remembered, in this execution environment."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        # A dict keeps the order in which keys came.
        self._request_ids: dict[str, None] = {}

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._request_ids

    def remember(self, request_id: str) -> None:
        self._request_ids[request_id] = None
        if len(self._request_ids) > self._capacity:
            del self._request_ids[next(iter(self._request_ids))]
