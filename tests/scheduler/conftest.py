"""The queue's fixtures serve here too."""

from tests.queue.conftest import actor, eyes, tenants

__all__ = ["actor", "eyes", "tenants"]
