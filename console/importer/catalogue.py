"""The five kinds of files. What `import KIND --help` prints is made from these."""

from datetime import tzinfo
from zoneinfo import available_timezones

from console.importer import rules
from console.importer.kinds import Column, Kind
from console.importer.types import Checked, Choice, Day, Flag, Moment, Number, Text, Whole, Words, score

LARGEST = 2**31 - 1
KINDS = ("tenants", "signals", "queries", "drivers", "orders")
_LATITUDE = Number(-90, 90, "degrees -90..90", r"-?[0-9]{1,2}(?:\.[0-9]{1,15})?")
_LONGITUDE = Number(-180, 180, "degrees -180..180", r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?")
_AMOUNT = r"[0-9]{1,9}(?:\.[0-9]{1,15})?"
_TENANT = Column(
    "tenant", Text(200), "name, slug or id of the tenant; may be left out with --tenant", "Acme Motors", True
)


def kind(name: str, zone: tzinfo | None = None) -> Kind:
    """A kind by name. `zone` is the zone of times that state none."""
    return _MAKERS[name](Moment(zone))


def kinds() -> list[Kind]:
    """All kinds, to tell what a file with a foreign header may be."""
    return [kind(name) for name in KINDS]


def _is_zone(name: str) -> bool:
    return name in available_timezones()


def _tenants(_moment: Moment) -> Kind:
    return Kind(
        "tenants",
        "tenants",
        (
            Column("name", Text(200), "name shown everywhere", "Acme Motors", True),
            Column("slug", Text(200), "short unique name; made from the name when empty", "acme-motors"),
            Column("domains", Words(), "own web domains", "acme.example|acme-cars.example"),
            Column("brand_terms", Words(), "words that name the brand in a query", "acme|acme motors"),
            Column(
                "time_zone",
                Checked(60, "IANA zone", _is_zone, "not a known time zone"),
                "zone of its days",
                "Europe/Rome",
            ),
            Column("revenue_unit", Choice(("currency", "rate")), "unit of observed_rar", "currency"),
            Column("active", Flag(), "false: kept, but no longer recomputed or dispatched", "true"),
        ),
        key=("slug",),
        notes="A row whose slug, or else name, is known changes that tenant; any other makes a new one, which needs\n"
        "admin access.",
        announces=("summary",),
    )


def _signals(_moment: Moment) -> Kind:
    names = {
        "seo": "classic search signal",
        "aeo": "answer engine signal",
        "geo": "generative engine signal",
        "ugc": "user generated content signal",
        "geolocal": "local presence signal",
        "observed_aiv": "observed visibility in AI answers",
    }
    return Kind(
        "signals",
        "aiv_raw_signals",
        (
            _TENANT,
            Column("date", Day(), "day of the reading", "2026-07-23", True),
            *(Column(name, score(), f"{meaning}; empty when not measured", "54.2") for name, meaning in names.items()),
            Column("observed_rar", Number(0, 1e15, "number from 0", _AMOUNT), "observed revenue at risk", "15750"),
            Column("sample_size", Whole(1, LARGEST), "answers behind the reading", "48"),
            Column("source", Text(200), "where the reading comes from", "panel-v1"),
        ),
        key=("tenant", "date"),
        notes="Tenants are created by name. A missing signal stays missing; it never becomes zero.",
        fast=True,
        checks=("signals_future",),
        announces=("summary",),
    )


def _queries(moment: Moment) -> Kind:
    return Kind(
        "queries",
        "aoer_queries",
        (
            _TENANT,
            Column("query", Text(500), "what was asked", "hybrid vs gas car cost", True),
            Column(
                "week_start",
                Day(),
                "first day of the week; kept as given, statistics group by Monday",
                "2026-07-20",
                True,
            ),
            Column(
                "intent",
                Choice(("informational", "commercial", "navigational", "other")),
                "stated intent; never overwritten by the classifier",
                "informational",
            ),
            Column("monthly_volume", Whole(0, LARGEST), "searches a month", "5400"),
            Column("serp_position", Whole(1, LARGEST), "rank among plain results", "3"),
            Column("ai_present", Flag(), "whether an AI answer was shown", "true"),
            Column("ai_position", Choice(("top", "mid", "bottom", "none")), "where it stood", "top"),
            Column("has_our_citation", Flag(), "whether it cited the tenant", "false"),
            Column("ai_tokens", Whole(0, LARGEST), "length of the AI answer", "850"),
            Column("engine", Text(100), "answer engine asked", "perplexity"),
            Column("observed_at", moment, "when it was observed", "2026-07-21T09:30:00+02:00"),
        ),
        key=("tenant", "query", "week_start"),
        notes="Tenants are created by name. Partitions for any date from 1900 to 2200 are made as needed.",
        fast=True,
        announces=("summary",),
    )


def _drivers(moment: Moment) -> Kind:
    return Kind(
        "drivers",
        "drivers",
        (
            Column("reference", Text(100), "the tenant's own number of the driver", "C75", True),
            Column("name", Text(200), "name shown to dispatchers", "Rosa Blum", True),
            Column("phone", Text(50), "telephone", "+39 02 555 0100"),
            Column("vehicle_type", Text(50), "vehicle", "motorbike"),
            Column("capacity_orders", Whole(1, 1000), "orders at once; 5 when never given", "5"),
            Column("capacity_kg", Number(0.001, 1e6, "number over 0", _AMOUNT), "load", "80"),
            Column("skills", Words(), "what the driver may carry", "cold|fragile"),
            Column(
                "status", Choice(("available", "busy", "offline", "on_break")), "offline when never given", "available"
            ),
            Column("lat", _LATITUDE, "position", "43.81214"),
            Column("lon", _LONGITUDE, "position", "126.56695"),
            Column("position_at", moment, "when the position was true", "2026-05-29T08:21:00+08:00"),
            Column("shift_start", moment, "start of the shift", "2026-05-29T08:00:00+08:00"),
            Column("shift_end", moment, "end of the shift", "2026-05-29T20:00:00+08:00"),
            Column("rating", Number(0, 5, "number 0..5", _AMOUNT), "customers' rating", "4.8"),
            Column("completed_deliveries", Whole(0, LARGEST), "deliveries so far", "1204"),
            Column("on_time_rate", Number(0, 1, "number 0..1", _AMOUNT), "share delivered on time", "0.96"),
        ),
        key=("reference",),
        notes="--tenant is required; a tenant of an unknown name is created.",
        per_tenant=True,
        rules=(
            rules.position("lat", "lon"),
            rules.not_future("position_at"),
            rules.ordered("shift_start", "shift_end"),
        ),
        announces=("drivers",),
    )


def _orders(moment: Moment) -> Kind:
    states = ("pending", "assigned", "picked_up", "out_for_delivery", "delivered", "failed", "cancelled")
    return Kind(
        "orders",
        "orders",
        (
            Column("reference", Text(100), "the tenant's own order number", "LADE-1256887", True),
            Column("service_type", Text(100), "name of the service level; standard when never given", "standard"),
            Column("priority", Choice(("urgent", "high", "medium", "low")), "medium when never given", "high"),
            Column(
                "status",
                Choice(states),
                "left empty: delivered with delivered_at, assigned with a driver, else pending",
                "pending",
            ),
            Column("ready_at", moment, "when the goods can be picked up", "2026-05-29T07:54:00+08:00"),
            Column(
                "promised_at",
                moment,
                "latest promised delivery; stays empty when not given",
                "2026-05-29T13:30:00+08:00",
            ),
            Column("pickup_lat", _LATITUDE, "where to pick up", "43.87105"),
            Column("pickup_lon", _LONGITUDE, "where to pick up", "126.56602"),
            Column("pickup_name", Text(500), "shop or address", "Harbour Bakery"),
            Column("dropoff_lat", _LATITUDE, "where to deliver", "43.86281"),
            Column("dropoff_lon", _LONGITUDE, "where to deliver", "126.59218"),
            Column("dropoff_name", Text(500), "customer or address", "12 Mill Lane"),
            Column("driver_reference", Text(100), "a driver of the tenant, imported before", "C949"),
            Column("assigned_at", moment, "when it was given to the driver", "2026-05-29T07:55:00+08:00"),
            Column("picked_up_at", moment, "when it was picked up", "2026-05-29T08:30:00+08:00"),
            Column("delivered_at", moment, "when it was delivered", "2026-05-29T13:03:00+08:00"),
            Column("weight_kg", Number(0, 1e6, "number from 0", _AMOUNT), "weight", "1.2"),
            Column("value", Number(0, 9999999999.99, "number from 0", _AMOUNT), "value, two decimals kept", "24.90"),
            Column("required_skills", Words(), "what the driver must be able to carry", "cold"),
            Column("notes", Text(4000), "free text", "ring twice"),
        ),
        key=("reference",),
        notes="--tenant is required; a tenant of an unknown name is created. An import never moves an order back:\n"
        "where the database already knows a later state, status and driver are kept.",
        per_tenant=True,
        rules=(
            rules.position("pickup_lat", "pickup_lon"),
            rules.position("dropoff_lat", "dropoff_lon"),
            rules.status_agrees,
            rules.not_future("assigned_at"),
            rules.not_future("picked_up_at"),
            rules.not_future("delivered_at"),
            rules.ordered("ready_at", "delivered_at"),
            rules.ordered("picked_up_at", "delivered_at"),
        ),
        checks=("orders_driver",),
        after=("orders_events",),
        announces=("orders",),
    )


_MAKERS = {"tenants": _tenants, "signals": _signals, "queries": _queries, "drivers": _drivers, "orders": _orders}
