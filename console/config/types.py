"""Field types of settings: what a value must look like, told once and checked by the loader.

`extra={"check": name}` names a check of `console.config.checks`; `extra={"unit": unit}` lets a number also be
written as a duration such as "90s", "5m", "2h" or "250ms", converted to the field's own unit.
"""

from typing import Annotated

from msgspec import Meta

Cron = Annotated[str, Meta(extra={"check": "cron"})]
Timezone = Annotated[str, Meta(extra={"check": "timezone"})]
Dsn = Annotated[str, Meta(extra={"check": "dsn"})]
Host = Annotated[str, Meta(extra={"check": "host"})]
Url = Annotated[str, Meta(extra={"check": "url"})]

Seconds = Annotated[float, Meta(gt=0, extra={"unit": "seconds"})]
SecondsOrZero = Annotated[float, Meta(ge=0, extra={"unit": "seconds"})]
Minutes = Annotated[float, Meta(gt=0, extra={"unit": "minutes"})]
Milliseconds = Annotated[int, Meta(ge=0, extra={"unit": "ms"})]

Count = Annotated[int, Meta(ge=1)]
CountOrZero = Annotated[int, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
