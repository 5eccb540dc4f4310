"""SVG bar charts: the median of each side, and a thin line from its smallest to its largest sample."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LABEL, WIDTH, BAR, GAP = 330, 360, 18, 10
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#333}.ours{fill:#2f6fb2}.peer{fill:#b9c3cf}"
    ".range{stroke:#333;stroke-width:1}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.range{stroke:#ddd}.peer{fill:#66707c}}"
)


def bars(row: Mapping[str, Any]) -> str:
    """A chart with one bar for each side of `row`."""
    height = GAP + len(row["sides"]) * (BAR + GAP)
    drawn = "\n".join(_drawn(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABEL + WIDTH + 130} {height}" role="img">\n'
        f"<title>{escape(row['what'])}</title>\n<style>{STYLE}</style>\n{drawn}\n</svg>\n"
    )


def _drawn(row: Mapping[str, Any]) -> Iterator[str]:
    scale = WIDTH / (max(max(side["samples"]) for side in row["sides"]) or 1)
    for place, side in enumerate(row["sides"]):
        y = GAP + place * (BAR + GAP)
        length, low, high = (round(n * scale, 1) for n in (side["median"], *_ends(side["samples"])))
        kind = "ours" if side["name"].startswith(("ours", "yunmock")) or place == 0 else "peer"
        middle = y + BAR / 2
        yield f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(side["name"])}</text>'
        yield f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{length}" height="{BAR}"/>'
        yield f'<line class="range" x1="{LABEL + low}" x2="{LABEL + high}" y1="{middle}" y2="{middle}"/>'
        label = f"{side['median']:,.4g} {row['unit']}"
        yield f'<text x="{LABEL + max(length, high) + 8}" y="{y + 14}">{escape(label)}</text>'


def _ends(samples: list[float]) -> tuple[float, float]:
    return min(samples), max(samples)
