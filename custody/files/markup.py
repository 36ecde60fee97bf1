"""Elements of XML or HTML one by one, so that no tree is ever larger than what its reader keeps.

Refuses more elements than the reader allows, and a stretch in which nothing begins or ends: a tag of a
million attributes, say. Every reader lets go of what it has read with ``release``.
"""

from collections.abc import Iterator
from typing import cast

from lxml import etree

CHUNK_BYTES = 1 << 16
STRETCH_BYTES_MAX = 1 << 20  # bytes in which some element must begin or end


class TooMuchMarkup(ValueError):
    """More elements, or a longer stretch without any, than a table or a message has."""


class BrokenMarkup(ValueError):
    """The text is not well-formed, declares a document type or stops early."""


def xml_elements(
    content: bytes, *, elements_max: int, starts: bool = True
) -> Iterator[tuple[str, etree._Element]]:
    """``start`` (if asked) and ``end`` of every element; no entity is expanded, no file or network asked."""
    parser = etree.XMLPullParser(
        events=("start", "end") if starts else ("end",),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return _pulled(parser, content, elements_max)


def html_elements(content: bytes, *, elements_max: int) -> Iterator[tuple[str, etree._Element]]:
    """``start`` and ``end`` of every element of a UTF-8 page, its unclosed tags closed."""
    parser = etree.HTMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return _pulled(parser, content, elements_max)


def release(element: etree._Element) -> None:
    """Let go of an element that has ended, and of every one before it under the same parent."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _pulled(
    parser: etree.XMLPullParser | etree.HTMLPullParser, content: bytes, elements_max: int
) -> Iterator[tuple[str, etree._Element]]:
    count = silent = 0
    try:
        for at in range(0, len(content), CHUNK_BYTES):
            parser.feed(content[at : at + CHUNK_BYTES])
            silent += CHUNK_BYTES
            for event in _events(parser):
                silent = 0
                count += event[0] == "end"
                if count > elements_max:
                    raise TooMuchMarkup(count)
                yield event
            if silent > STRETCH_BYTES_MAX:
                raise TooMuchMarkup(at)
        parser.close()
        yield from _events(parser)
    except etree.LxmlError as broken:
        raise BrokenMarkup(str(broken)) from broken


def _events(
    parser: etree.XMLPullParser | etree.HTMLPullParser,
) -> Iterator[tuple[str, etree._Element]]:
    return cast("Iterator[tuple[str, etree._Element]]", parser.read_events())
