"""Figures for Prometheus: requests and durations as they happen, the rest as it is when it is asked for."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from nodeflow.queue.records import Envelope, Stats

Family = CounterMetricFamily | GaugeMetricFamily

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Seconds, from a cached step to a long training."""

MEMORY = Path("/proc/self/statm")


class Metrics:
    """What is counted in this process. Names of node types are labels: there are as many as are installed."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "nodeflow_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "nodeflow_http_seconds", "Until an answer began.", ["route"], buckets=SHORT, registry=self.registry
        )
        self.runs = Histogram(
            "nodeflow_run_seconds", "How long runs ran.", ["state"], buckets=SHORT, registry=self.registry
        )
        self.nodes = Histogram(
            "nodeflow_node_seconds", "How long nodes ran.", ["type"], buckets=SHORT, registry=self.registry
        )
        self._types: dict[tuple[str | None, str | None], str] = {}

    def watch(self, stats: Callable[[], Stats]) -> None:
        """Ask the service for its figures at every scrape."""
        self.registry.register(Standing(stats))

    def observe(self, event: Envelope) -> None:
        """Note how long a node or a run took."""
        node = (event.run_id, event.node_id)
        if event.kind == "node_started":
            self._types[node] = str(event.data.get("type", ""))
        elif event.kind in ("node_finished", "node_failed"):
            name = str(event.data.get("type") or self._types.pop(node, ""))
            self._types.pop(node, None)
            self.nodes.labels(name).observe(float(event.data.get("seconds") or 0))
        elif event.kind == "run_finished":
            self._types = {key: name for key, name in self._types.items() if key[0] != event.run_id}
            self.runs.labels(str(event.data.get("state", ""))).observe(float(event.data.get("seconds") or 0))

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self.registry)


class Standing(Collector):
    """The service's figures, read when they are asked for."""

    def __init__(self, stats: Callable[[], Stats]) -> None:
        self._stats = stats

    def collect(self) -> Iterator[Family]:
        stats = self._stats()
        yield _gauge("nodeflow_queue_runs", "Runs that wait.", stats.queued)
        yield _gauge("nodeflow_running_runs", "Runs that run.", stats.running)
        yield _gauge("nodeflow_queue_paused", "1 while no further run begins.", int(stats.paused))
        yield _gauge("nodeflow_subscribers", "Open event streams.", stats.subscribers)
        yield _gauge("nodeflow_memory_bytes", "Memory of the server process.", _memory())
        yield _counter("nodeflow_requeued_runs", "Runs that were queued again.", stats.requeued)
        yield _counter("nodeflow_events", "Events that were logged.", stats.events)
        yield _counter("nodeflow_commits", "Transactions of the database.", stats.commits)
        ended = CounterMetricFamily("nodeflow_ended_runs", "Runs that ended.", labels=["state"])
        nodes = CounterMetricFamily("nodeflow_ended_nodes", "Nodes that came to an end.", labels=["state"])
        for family, counts in ((ended, stats.ended), (nodes, stats.nodes)):
            for state, count in counts.items():
                family.add_metric([state], count)
            yield family
        yield from _workers(stats)


def _workers(stats: Stats) -> Iterator[Family]:
    restarts = CounterMetricFamily("nodeflow_worker_restarts", "Workers that were replaced.", labels=["worker"])
    memory = GaugeMetricFamily("nodeflow_worker_memory_bytes", "Memory of a worker.", labels=["worker"])
    busy = GaugeMetricFamily("nodeflow_worker_busy", "1 while it runs something.", labels=["worker"])
    for worker in stats.workers:
        restarts.add_metric([worker.name], worker.restarts)
        memory.add_metric([worker.name], worker.rss or 0)
        busy.add_metric([worker.name], int(worker.state == "busy"))
    yield from (restarts, memory, busy)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, value=value)


def _memory() -> int:
    """Resident bytes; 0 where the system does not say."""
    try:
        return int(MEMORY.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
