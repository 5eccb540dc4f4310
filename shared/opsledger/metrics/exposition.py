"""Write metrics as text: OpenMetrics 1.0.0, or the older format 0.0.4 of Prometheus.

Sources: github.com/prometheus/OpenMetrics, specification/OpenMetrics.md; the page "Exposition formats" of
prometheus.io/docs/instrumenting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsledger.metrics.families import Family
    from opsledger.metrics.totals import Series


class TextFormat(NamedTuple):
    """One format.

    Attributes:
        media_type: as a reader asks for it.
        version: of the format.
        units: whether it has units, and an end.
    """

    media_type: str
    version: str
    units: bool

    @property
    def content_type(self) -> str:
        """The header `Content-Type`."""
        return f"{self.media_type}; version={self.version}; charset=utf-8"


OPENMETRICS: Final = TextFormat("application/openmetrics-text", "1.0.0", units=True)
PROMETHEUS: Final = TextFormat("text/plain", "0.0.4", units=False)
MOST_RANGES: Final = 20
"""Parts of the header Accept that are read."""


def negotiated(accept: str) -> TextFormat:
    """The format that a header Accept prefers; the older one where it names neither, as Prometheus's libraries do."""
    asked = [_range(part) for part in accept.split(",")[:MOST_RANGES]]
    wanted = {form: _quality(form, asked) for form in (PROMETHEUS, OPENMETRICS)}
    return OPENMETRICS if wanted[OPENMETRICS] > 0 and wanted[OPENMETRICS] >= wanted[PROMETHEUS] else PROMETHEUS


def _range(part: str) -> tuple[str, str, float]:
    """The media type, the version and the quality of one part of the header."""
    media_type, *parameters = (piece.strip() for piece in part.split(";"))
    named = dict(parameter.lower().replace(" ", "").partition("=")[::2] for parameter in parameters)
    try:
        quality = float(named.get("q", "1"))
    except ValueError:
        quality = 0.0
    return media_type.lower(), named.get("version", "").strip('"'), quality


def _quality(form: TextFormat, asked: list[tuple[str, str, float]]) -> float:
    """How much a format is wanted; a range with `*` wants the older one."""
    types = (form.media_type,) if form.units else (form.media_type, "text/*", "*/*")
    return max((q for type_, version, q in asked if type_ in types and version in ("", form.version)), default=0.0)


def write(found: Mapping[Family, Series], form: TextFormat) -> str:
    """The metrics as text, in their order, each with what it means."""
    lines = [line for family, series in found.items() for line in _family(family, series, form)]
    return "\n".join([*lines, *(["# EOF"] if form.units else [])]) + "\n"


def _family(family: Family, series: Series, form: TextFormat) -> Iterator[str]:
    name = family.full_name
    yield f"# HELP {name} {_escaped(family.meaning)}"
    yield f"# TYPE {name} gauge"
    if form.units and family.unit:
        yield f"# UNIT {name} {family.unit}"
    for values, number in sorted(series.items()):
        labels = ",".join(
            f'{label}="{_escaped(value)}"' for label, value in zip(family.labels, values, strict=True) if value
        )
        yield f"{name}{f'{{{labels}}}' if labels else ''} {_number(number)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)
