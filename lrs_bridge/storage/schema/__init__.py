"""All tables; importing this package fills ``metadata``."""

from lrs_bridge.storage.schema import compliance, courseware, documents, outbox, people, statements
from lrs_bridge.storage.schema.base import Instant, believed, metadata

__all__ = ["Instant", "believed", "compliance", "courseware", "documents", "metadata", "outbox", "people", "statements"]
