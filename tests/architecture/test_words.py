"""The words people read: one catalogue, whole in English, and Chinese with Chinese punctuation."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from tests.architecture.source import APPS, ROOT, name, sources

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
METHODS = [("**.py", "python"), ("templates/**.*", "config.catalogue:templates")]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
NAMELESS = re.compile(r"%[sdfr]|\{\w*\}")
LONE_PERCENT = re.compile(r"%(?!\(\w+\)s|%)")
ADDRESS = re.compile(r"\w+://\S+")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:()!?]|[,;:()!?][\u4e00-\u9fff]")
HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
HAN = re.compile(r"[\u4e00-\u9fff]")
# Words that are data: how banks and clerks spell things, matched against files and never shown as ours.
DATA = (
    "custody/bank/layouts.py",
    "custody/files/spellings.py",
    "custody/money_in/roster.py",
    "custody/money_in/rules.py",
)


@cache
def catalogue() -> Catalog:
    """The English catalogue as it is compiled."""
    with (ROOT / "config/locale/en/LC_MESSAGES/django.po").open(encoding="utf-8") as file:
        return read_po(file, locale="en", ignore_obsolete=True, abort_invalid=True)


@cache
def said() -> frozenset[str]:
    """Every msgid of the sources, a plural by its singular."""
    found = set()
    for app in APPS:
        for _, _, message, _, _ in extract_from_dir(ROOT / app, METHODS, keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return frozenset(found)


def pages() -> list[Path]:
    """Every template."""
    return [path for app in APPS for path in sorted((ROOT / app).rglob("templates/**/*.*")) if path.is_file()]


def scripts() -> list[Path]:
    """Every script."""
    return sorted((ROOT / "config/static").rglob("*.js"))


def untagged(page: str) -> str:
    """What of a template no catalogue has seen; the house's mark and a language's name are no sentences."""
    seen = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{#.*?#}", "", page, flags=re.S)
    return seen.replace(">信</b>", "").replace("中文", "")


def english_of(message: Message) -> tuple[str, ...]:
    """The translation, and of a plural each of its forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def placeholders(sentence: str) -> list[str]:
    return sorted(set(PLACEHOLDER.findall(sentence)))


def faults_of(message: Message) -> list[str]:
    """What keeps an entry of the catalogue from being good English for its sentence."""
    original = message.id if isinstance(message.id, str) else message.id[0]
    forms = english_of(message)
    if not all(forms):
        return [f"no English: {original}"]
    return [
        f"{why}: {original}"
        for why, wrong in (
            ("fuzzy", message.fuzzy),
            ("other facts", any(placeholders(form) != placeholders(original) for form in forms)),
            # Names of sheets and columns, and what is typed into them, stay as the sentence has them.
            ("Chinese in it", any(run not in original for form in forms for run in HAN_RUN.findall(form))),
        )
        if wrong
    ]


def patterns(tree: ast.Module) -> Iterator[ast.AST]:
    """What a regular expression is made of: all within a call of ``re``, and the texts it names."""
    within = [
        each
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
        for each in ast.walk(node)
    ]
    named = {each.id for each in within if isinstance(each, ast.Name)}
    yield from within
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(ast.unparse(each) in named for each in node.targets):
            yield node.value


def texts(tree: ast.Module) -> list[tuple[int, str]]:
    """Literal texts of a module with their lines; docstrings and patterns are not for people."""
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    apart |= {id(each) for each in patterns(tree)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart
    ]


def marked(node: ast.AST) -> bool:
    """Whether this call hands a sentence to the catalogue."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"_", *KEYWORDS}


def half_width(text: str) -> bool:
    """Whether a half-width mark stands beside Chinese; addresses are written as machines read them."""
    return bool(HALF_WIDTH.search(ADDRESS.sub("", text)))


def nameless(sentence: str) -> bool:
    """Whether a fact has no name, or a bare % would break the filling of those that have."""
    return bool(NAMELESS.search(sentence) or ("%(" in sentence and LONE_PERCENT.search(sentence)))


def unmarked_in(raised: ast.AST) -> list[str]:
    """Chinese in what is raised that no catalogue has seen."""
    seen = {id(each) for node in ast.walk(raised) if marked(node) for each in ast.walk(node)}
    return [
        node.value
        for node in ast.walk(raised)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and HAN.search(node.value)
        and id(node) not in seen
    ]


@pytest.mark.parametrize("path", sources(), ids=name)
def test_a_refusal_is_a_sentence_of_the_catalogue(path: Path) -> None:
    raised = [
        node.exc for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Raise) and node.exc
    ]
    assert [text for each in raised for text in unmarked_in(each)] == []


@pytest.mark.parametrize("path", sources(), ids=name)
def test_the_catalogue_is_handed_whole_sentences(path: Path) -> None:
    """A sentence put together at run time is in no catalogue."""
    built = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and marked(node)
        and node.args
        and not isinstance(node.args[0], ast.Constant)
    ]
    assert built == []


def test_every_sentence_of_the_sources_stands_in_the_catalogue() -> None:
    assert sorted(sentence for sentence in said() if sentence not in catalogue()) == []


def test_the_catalogue_keeps_no_sentence_that_nobody_says() -> None:
    kept = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue()}
    assert sorted(kept - said() - {""}) == []


def test_every_sentence_has_its_english_with_the_same_facts() -> None:
    assert [fault for message in catalogue() if message.id for fault in faults_of(message)] == []


def test_every_fact_of_a_sentence_has_a_name() -> None:
    assert sorted(sentence for sentence in said() if nameless(sentence)) == []


def test_the_sentences_have_chinese_punctuation() -> None:
    assert sorted(sentence for sentence in said() if half_width(sentence)) == []


@pytest.mark.parametrize("path", [path for path in sources() if name(path) not in DATA], ids=name)
def test_chinese_is_written_with_chinese_punctuation(path: Path) -> None:
    assert [(line, text) for line, text in texts(ast.parse(path.read_text())) if half_width(text)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("PART = '(?:天|日)?'\nWHOLE = re.compile(rf'七{PART}')", []),
        ("PART = '(天)'\nWHOLE = re.compile('七')", ["(天)"]),
    ],
)
def test_a_text_is_a_pattern_only_where_a_regular_expression_reads_it(source: str, found: list[str]) -> None:
    assert [text for _, text in texts(ast.parse(source))] == found


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("金额,元", True),
        ("金额，元", False),
        ("共 %(count)s 笔（%(on)s）", False),
        ("见(附件", True),
        ("1,234.50 元", False),
    ],
)
def test_half_width_marks_beside_chinese_are_found(text: str, wrong: bool) -> None:
    assert half_width(text) is wrong


@pytest.mark.parametrize("path", pages(), ids=name)
def test_a_template_says_its_sentences_through_the_catalogue(path: Path) -> None:
    assert HAN.findall(untagged(path.read_text())) == []


@pytest.mark.parametrize("path", scripts(), ids=name)
def test_a_script_says_nothing_by_itself(path: Path) -> None:
    """What a script tells people stands in the page, in the page's language."""
    assert HAN.findall(path.read_text()) == []


def test_the_search_finds_words_outside_the_tags() -> None:
    said = "<p title=\"{% translate '好' %}\">{% blocktranslate %}有{{ n }}件{% endblocktranslate %}错</p>"

    assert HAN.findall(untagged(said)) == ["错"]
