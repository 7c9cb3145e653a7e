"""Words shared by the database, the terminal and the command line. Values are the database's own spelling."""

from enum import StrEnum


class Priority(StrEnum):
    """Lane of a queued job, most pressing first."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class JobStatus(StrEnum):
    """Life of a queued job. Outside names: pending = queued, processing = running."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


class Access(StrEnum):
    """What a member may do in a tenant; each level includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for viewer, 1 for operator, 2 for admin."""
        return list(Access).index(self)

    def allows(self, needed: "Access") -> bool:
        """Whether this access includes `needed`."""
        return self.rank >= needed.rank


class Severity(StrEnum):
    """Severity of alerts and escalations (severity_level)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class TrafficSeverity(StrEnum):
    """Severity of a traffic incident (traffic_severity)."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    SEVERE = "SEVERE"


class AlertStatus(StrEnum):
    """Life of an alert; a resolved one that comes back is reopened, that is: open again."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class EscalationStatus(StrEnum):
    """Life of an escalation."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"


class OrderStatus(StrEnum):
    """Life of a delivery order."""

    PENDING = "pending"
    ASSIGNED = "assigned"
    PICKED_UP = "picked_up"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DriverStatus(StrEnum):
    """What a driver is doing."""

    AVAILABLE = "available"
    BUSY = "busy"
    OFFLINE = "offline"
    ON_BREAK = "on_break"


class Origin(StrEnum):
    """Where a write came from."""

    TERMINAL = "terminal"
    COMMAND_LINE = "command_line"
    SCHEDULER = "scheduler"
