"""Sentences of templates for the one catalogue: what Babel reads by itself is Python alone.

Refuses nothing: Django's own reader finds the tags, Babel's finds the sentences in what it answers.
"""

from collections.abc import Collection, Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from babel.messages.extract import extract_javascript
from django.conf import settings
from django.utils.translation.template import templatize


def templates(
    file: BinaryIO, keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterable[tuple[Any, ...]]:
    """(line, keyword, message, comments) of each sentence, as Babel asks an extractor."""
    if not settings.configured:
        settings.configure()
    read = templatize(file.read().decode("utf-8"))
    return extract_javascript(BytesIO(read.encode("utf-8")), keywords, comment_tags, options)
