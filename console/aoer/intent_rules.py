"""Keyword rules for the intent of a query, and what a tenant's own names tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LABELS: Final = ("informational", "commercial", "navigational", "other")

BRAND, OWN_SITE, SITE, YEAR, MONEY = "brandname", "ownsite", "othersite", "yearnumber", "moneynumber"

_WORDS: Final = {
    "question": r"\b(how|what|why|when|which|who|does|do|is|are|can|should|meaning|explained)\b",
    "learn": r"\b(vs|versus|compare|difference|pros and cons|worth it|reliab\w+|specs?|review|mean|history|basics"
    r"|safest|average|problems|capacity|interval|signs|rules|chart|schedule for|best time)\b",
    "buy": r"\b(for sale|buy|lease|deals?|specials?|offers?|incentives?|quote|price on|financing|finance|coupon"
    r"|in stock|inventory|under \d|moneynumber|rebate|discount|order|shop|cheap|lots?|dealers?|dealerships?|prices)\b",
    "sell": r"\b(sell my|trade.?ins?|trade|cash|value my|worth|offer for)\b",
    "book": r"\b(schedule|book|appointment|reserve|test drive|preapproved|apply|get (a|an)? ?quote)\b",
    "near": r"\b(near me|nearby|near|in my area|open now|in (ohio|dayton))\b",
    "place": r"\b(hours|phone|address|directions|location|located|login|sign in|website|homepage|contact|account|map"
    r"|page|portal|app|site|yelp|facebook|email|close|open on)\b",
    "make": r"\b(acura|audi|bmw|buick|cadillac|chev(y|rolet)|chrysler|dodge|ford|gmc|honda|hyundai|infiniti|jeep|kia"
    r"|lexus|lincoln|mazda|mercedes|mitsubishi|nissan|ram|subaru|tesla|toyota|volkswagen|vw|volvo)\b",
    "vehicle": r"\b(car|cars|truck|trucks|suvs?|minivans?|hybrid|ev|electric|tires?|brakes?|oil|engine|battery|lease"
    r"|apr|loan|warranty|vin|transmission|mpg|vehicle|dealer)\b",
}
_PATTERNS: Final = {name: re.compile(pattern) for name, pattern in _WORDS.items()}
RULES: Final = (*_PATTERNS, "own", "site", "short", "car", "near a car", "buy a car", "ask about a car")


@dataclass(frozen=True, slots=True)
class Names:
    """A tenant's own brand terms and domains."""

    brand_terms: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


def normalise(query: str, names: Names) -> str:
    """The query in lower case with the tenant's names, sites, years and sums replaced by words of their own.

    So the classifier learns what people ask about a brand, and never a brand.
    """
    text = " ".join(query.lower().split())
    for domain in sorted(names.domains, key=len, reverse=True):
        bare = re.escape(domain.lower().removeprefix("www."))
        text = re.sub(rf"(https?://)?(www\.)?{bare}(/\S*)?", OWN_SITE, text)
    for term in sorted((term for term in names.brand_terms if term.strip()), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(term.lower().strip())}(?!\w)", BRAND, text)
    text = re.sub(r"\b(https?://)?[\w-]+(\.[\w-]+)*\.(com|net|org|example|ca|co\.uk)\b(/\S*)?", SITE, text)
    text = re.sub(r"\b(19|20)\d\d\b", YEAR, text)
    return re.sub(r"\$?\b\d{3,6}\b|\b\d{1,3}k\b", MONEY, text)


def features(normal: str) -> list[float]:
    """One number for each of RULES, from a normalised query."""
    found = [float(bool(pattern.search(normal))) for pattern in _PATTERNS.values()]
    own = float(BRAND in normal or OWN_SITE in normal)
    hit = dict(zip(_PATTERNS, found, strict=True))
    car = max(hit["vehicle"], hit["make"], own)
    together = [car, car * hit["near"], car * max(hit["buy"], hit["sell"]), car * max(hit["question"], hit["learn"])]
    return [*found, own, float(SITE in normal), float(len(normal.split()) < 2), *together]


def by_rules(query: str, names: Names) -> str:
    """The label that rules alone would give."""
    return _verdict(features(normalise(query, names)))


def _verdict(found: Sequence[float]) -> str:
    hit = dict(zip(RULES, found, strict=True))
    if hit["own"] or hit["site"] or (hit["place"] and not hit["near"] and not hit["question"]):
        return "navigational"
    if hit["near"] or hit["buy"] or hit["sell"] or hit["book"]:
        return "commercial" if not hit["question"] or hit["sell"] or hit["near"] else "informational"
    return "informational" if hit["question"] or hit["learn"] else "other"


def all_features(normals: Sequence[str]) -> list[list[float]]:
    """Features of many normalised queries: the rules that hit, and which label they would give."""
    rows = [features(normal) for normal in normals]
    return [[*row, *(1.5 * (label == _verdict(row)) for label in LABELS)] for row in rows]
