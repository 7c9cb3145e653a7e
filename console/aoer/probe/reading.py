"""What an answer says: who is named, where first, and which pages are cited."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from console.aoer.intent_rules import Names

_URL: Final = re.compile(r"https?://[^\s<>\"'\])}]+")
MOST_URLS: Final = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """`mentions` counts each brand, the tenant's own name first; `position` is the third of the text that names it."""

    mentions: dict[str, int]
    mentioned: bool
    position: str
    cited: bool
    urls: tuple[str, ...]


def read_answer(text: str, cited: Sequence[str], own: str, names: Names, competitors: Sequence[str]) -> Reading:
    """Read one answer for the tenant `own` and its named competitors; `cited` are addresses the engine listed."""
    urls = tuple(dict.fromkeys([*cited, *(url.rstrip(".,;:") for url in _URL.findall(text))]))[:MOST_URLS]
    prose = _URL.sub(" ", text)
    places = _places(prose, (own, *names.brand_terms))
    on_our_site = any(_ours(url, names.domains) for url in urls)
    named_site = _places(prose, names.domains)
    mentions = {own: len(places) + len(named_site)}
    for rival in competitors:
        mentions[rival] = len(_places(prose, (rival,)))
    every = sorted(places + named_site)
    return Reading(
        mentions=mentions,
        mentioned=bool(every) or on_our_site,
        position=_third(every[0], len(prose)) if every else "none",
        cited=on_our_site,
        urls=urls,
    )


def _places(text: str, terms: Sequence[str]) -> list[int]:
    """Offsets of whole-word hits; of overlapping terms the longest counts once."""
    known = sorted({" ".join(term.lower().split()) for term in terms if term.strip()}, key=len, reverse=True)
    if not known:
        return []
    joined = "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in known)
    return [hit.start() for hit in re.finditer(rf"(?<!\w)(?:{joined})(?!\w)", text.lower())]


def _ours(url: str, domains: Sequence[str]) -> bool:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    bare = [domain.lower().removeprefix("www.") for domain in domains]
    return any(host == domain or host.endswith("." + domain) for domain in bare if domain)


def _third(place: int, length: int) -> str:
    return ("top", "mid", "bottom")[min(2, 3 * place // max(length, 1))]
