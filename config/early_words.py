"""Sentences told before Django's settings can be read, from the same catalogue as all others.

Refuses to need any setting: the language is read from the environment, as the settings do.
"""

import gettext as catalogues
import os
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parent / "locale"
CHINESE = "zh-hans"


def language() -> str:
    """``zh-hans`` unless ``LANGUAGE_CODE`` says otherwise."""
    return os.environ.get("LANGUAGE_CODE", CHINESE)


def gettext(sentence: str) -> str:
    """The sentence in the language of the environment; as it stands where the catalogue has no other."""
    return _catalogue(language()).gettext(sentence)


@cache
def _catalogue(code: str) -> catalogues.NullTranslations:
    """Django's ``zh-hans`` is the folder ``zh_Hans``, its ``en`` the folder ``en``."""
    main, _, part = code.partition("-")
    folder = f"{main}_{part.title()}" if part else main
    return catalogues.translation("django", LOCALE, languages=[folder, main], fallback=True)
