"""What steps gave, kept by key: in memory and on disk."""

from nodeflow.cache.entry import Entry
from nodeflow.cache.explanation import Change, Explanation
from nodeflow.cache.history import History
from nodeflow.cache.tiers import Cache

__all__ = ["Cache", "Change", "Entry", "Explanation", "History"]
