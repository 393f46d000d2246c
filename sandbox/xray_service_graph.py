"""The service graph of some traces: nodes, edges and their statistics, as GetServiceGraph shows them. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html shows one.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sandbox.xray_facts import SegmentFacts, Service, TraceFacts

Document = dict[str, Any]

CLIENT = "client"
"""The type of the node that stands for whoever sends requests to a root service."""


class _Statistics:
    """Of the segments of a node, or the calls on an edge."""

    def __init__(self) -> None:
        self._ok = self._error = self._throttle = self._fault = 0
        self._response_time_s = 0.0
        self._histogram: Counter[float] = Counter()
        self.began_at = float("inf")
        self.ended_at = float("-inf")

    def add(self, segment: SegmentFacts) -> None:
        """A request is counted once: as a fault, else as throttled, else as another error, else as OK."""
        if segment.fault:
            self._fault += 1
        elif segment.throttle:
            self._throttle += 1
        elif segment.error:
            self._error += 1
        else:
            self._ok += 1
        self._response_time_s += segment.duration_s
        self._histogram[round(segment.duration_s, 3)] += 1
        self.began_at = min(self.began_at, segment.began_at)
        self.ended_at = max(self.ended_at, segment.ended_at or segment.began_at)

    def times(self) -> Document:
        return {"StartTime": self.began_at, "EndTime": self.ended_at}

    def summary(self) -> Document:
        errors = self._throttle + self._error
        return {
            "OkCount": self._ok,
            "ErrorStatistics": {
                "ThrottleCount": self._throttle,
                "OtherCount": self._error,
                "TotalCount": errors,
            },
            "FaultStatistics": {"OtherCount": self._fault, "TotalCount": self._fault},
            "TotalCount": self._ok + errors + self._fault,
            "TotalResponseTime": round(self._response_time_s, 3),
        }

    def histogram(self) -> list[Document]:
        return [{"Value": value, "Count": count} for value, count in sorted(self._histogram.items())]


def service_graph(traces: Iterable[TraceFacts], *, account_id: str) -> list[Document]:
    """The nodes, each with its edges. A client has no statistics of its own, and the name of what it calls."""
    nodes: dict[Service, _Statistics] = {}
    edges: dict[tuple[Service, Service], _Statistics] = {}
    roots: dict[Service, None] = {}
    seen: dict[Service, bool] = {}
    for trace in traces:
        roots[trace.root.service] = None
        client = Service(trace.root.service.name, CLIENT)
        edges.setdefault((client, trace.root.service), _Statistics()).add(trace.root)
        for segment in trace.segments:
            nodes.setdefault(segment.service, _Statistics()).add(segment)
            seen[segment.service] = seen.get(segment.service, False) or not segment.inferred
        for edge in trace.edges:
            edges.setdefault((edge.source, edge.destination), _Statistics()).add(edge.call)
    clients = [source for source, _ in edges if source.type == CLIENT and source not in nodes]
    numbers = {service: number for number, service in enumerate([*clients, *nodes])}

    def edges_from(source: Service) -> list[Document]:
        return [
            {
                "ReferenceId": numbers[destination],
                **statistics.times(),
                "SummaryStatistics": statistics.summary(),
                "ResponseTimeHistogram": statistics.histogram(),
                "Aliases": [],
            }
            for (caller, destination), statistics in edges.items()
            if caller == source
        ]

    def node(service: Service) -> Document:
        document = {"ReferenceId": numbers[service], **service.document(account_id), "Edges": edges_from(service)}
        statistics = nodes.get(service)
        if statistics is None:
            called = [edges[edge] for edge in edges if edge[0] == service]
            began, ended = min(each.began_at for each in called), max(each.ended_at for each in called)
            return {**document, "State": "unknown", "StartTime": began, "EndTime": ended}
        return {
            **document,
            **({"Root": True} if service in roots else {}),
            # One that sends nothing itself is only known from its callers.
            "State": "active" if seen[service] else "unknown",
            **statistics.times(),
            "SummaryStatistics": statistics.summary(),
            "DurationHistogram": statistics.histogram(),
            "ResponseTimeHistogram": statistics.histogram(),
        }

    return [node(service) for service in numbers]
