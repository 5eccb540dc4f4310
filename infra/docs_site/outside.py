"""A hook of mkdocs: a link to a file outside docs/ becomes its text, because the site does not have that file."""

from __future__ import annotations

import posixpath
import re
from typing import Any

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<path>\.\.?/[^)#\s]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Replace the links of one page."""
    folder = posixpath.dirname(page.file.src_uri)

    def written(link: re.Match[str]) -> str:
        outside = posixpath.normpath(posixpath.join(folder, link["path"])).startswith("..")
        return link["text"] if outside else link[0]

    return _LINK.sub(written, markdown)
