"""Every label that pages take from tables and books has its English words; records keep the Chinese."""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import override

from custody import models
from custody.ledger.chart import BOOK_TITLES
from custody.models import Document
from custody.web.label_words import LABELS, label_in_words


def plain_labels() -> set[str]:
    """Labels of custody's choices that are plain words, and the titles of the books."""
    found: list[type[TextChoices]] = [
        each for each in vars(models).values() if isinstance(each, type) and issubclass(each, TextChoices)
    ]
    found.append(Document.Kind)
    labels = [each._label_ for kind in found for each in kind]
    return {each for each in labels if not isinstance(each, Promise) and each} | set(BOOK_TITLES.values())


def test_every_plain_label_has_its_english_words() -> None:
    with override("en"):
        untold = sorted(each for each in plain_labels() if label_in_words(each) == each)

    assert untold == []


def test_what_is_no_label_stays_as_it_is() -> None:
    with override("en"):
        assert (label_in_words("某人"), label_in_words("经营账")) == ("某人", "Operating")
    assert label_in_words("经营账") == "经营账"
    assert set(BOOK_TITLES.values()) <= LABELS.keys()
