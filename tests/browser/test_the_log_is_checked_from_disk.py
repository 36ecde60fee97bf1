"""The kept page, opened from disk: an entry's proof and lists of heads agree, or it says what does not."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from reporting.transparency.checkpoints import head_text
from reporting.transparency.head_lines import HeadList
from reporting.transparency.leaves import (
    as_canonical,
    closed_day_text,
    day_leaf,
    entry_leaf,
    fund_day,
)
from reporting.transparency.log_keys import FileSigner, make_log_keys
from reporting.transparency.merkle import Growing, inclusion_path, root_of
from tests.reporting.transparency.test_formats import DAY, ORIGIN, SECRET, head_of, heads

LAST = 5


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> FileSigner:
    return make_log_keys(tmp_path_factory.mktemp("log") / "keys")


def published(signer: FileSigner) -> tuple[dict[str, object], HeadList]:
    """The proof of the second of three entries of one of two funds on the last day, and the log till then."""
    before = heads(signer, LAST - 1)
    shown = [
        as_canonical({"fund": "CD-1", "sequence": n, "amount": f"-{n}.00", "shows": {"words": "电梯维保"}})
        for n in (1, 2, 3)
    ]
    leaves = [entry_leaf(SECRET.salt("CD-1", n), text) for n, text in enumerate(shown, 1)]
    on = before.lines[-1].on.replace(day=before.lines[-1].on.day + 1)
    own, other = fund_day("CD-1", on, [1, 2, 3], leaves, []), fund_day("CD-2", on, [], [], [])
    root = root_of([own.leaf, other.leaf]).hex()
    days = [day_leaf(line.on, line.funds, line.root) for line in before.lines] + [day_leaf(on, 2, root)]
    grown = Growing()
    for each in days:
        grown.append(each)
    line = head_of(signer, LAST, on, 2, root, grown.root)
    seals = line.seals
    proof: dict[str, object] = {
        "version": 1, "shown": shown[1], "salt": SECRET.salt("CD-1", 2).hex(),
        "entry": placed(leaves, 1), "fund_day": {"text": own.text, **placed([own.leaf, other.leaf], 0)},
        "day": {"text": closed_day_text(on, 2, root), **placed(days, LAST - 1)},
        "head": {
            "text": head_text(ORIGIN, LAST, grown.root),
            "p256_key": base64.b64encode(seals.p256_key).decode(),
            "p256_signature": base64.b64encode(seals.p256_signature).decode(),
        },
    }  # fmt: skip
    return proof, HeadList(ORIGIN, (*before.lines, line))


def placed(leaves: list[bytes], index: int) -> dict[str, object]:
    return {"index": index, "size": len(leaves), "path": [x.hex() for x in inclusion_path(leaves, index)]}


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page as it was downloaded, opened from a folder."""
    answer = Client().get("/log/verify.html")
    assert answer["Content-Disposition"].startswith("attachment")
    (tmp_path / "verify.html").write_bytes(answer.content)
    context = chromium.new_context(offline=True)
    opened = context.new_page()
    opened.goto((tmp_path / "verify.html").as_uri())
    yield opened
    context.close()


def said(page: Page, **files: str) -> str:
    """What the page says of these files."""
    page.reload()
    for name, text in files.items():
        page.set_input_files(f"#{name}", {"name": name, "mimeType": "text/plain", "buffer": text.encode()})
    page.click("button")
    page.wait_for_function("document.querySelector('output').textContent !== ''")
    return page.inner_text("output")


def test_a_proof_and_the_heads_agree(page: Page, signer: FileSigner) -> None:
    proof, log = published(signer)
    kept = HeadList(ORIGIN, log.lines[:3])
    answer = said(page, proof=json.dumps(proof), kept=kept.written, now=log.written)

    assert answer.splitlines()[:2] == ["相符", "CD-1 #2 -2.00"]


def test_a_changed_amount_a_dropped_day_and_a_second_version_show(page: Page, signer: FileSigner) -> None:
    proof, log = published(signer)
    changed = proof | {"shown": str(proof["shown"]).replace("-2.00", "-1.00")}
    dropped = HeadList(ORIGIN, (*log.lines[:2], *log.lines[3:])).written
    second = heads(signer, LAST, funds=3).written

    assert said(page, proof=json.dumps(changed)).splitlines() == ["不符", "entry"]
    assert "有一天缺了" in said(page, kept=log.written, now=dropped)
    assert f"{DAY.replace(month=12, day=1)} 同一天有两个版本" in said(page, kept=log.written, now=second)
    assert "日头不在清单里" in said(page, proof=json.dumps(proof), now=second)
