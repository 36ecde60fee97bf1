"""The octets of a pack: its files, what lists them, the seals on the lists, one zip. Pure but for the signer.

The same files under the same key are the same zip. Both lists are sealed: ``manifest.json`` for programs,
``SHA256SUMS`` for anybody with ``sha256sum``; neither can be made to agree with a file that was swapped.
"""

import base64
import hashlib
import json
import textwrap
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reporting.packs.seals import Signer, sealed_content

MANIFEST, SUMS, README, ROOT = "manifest.json", "SHA256SUMS", "README.txt", "root.crt"
SEAL_SUFFIX = ".p7s"
_OPENSSL = "openssl cms -verify -binary -inform DER -CAfile root.crt -purpose any -out /dev/null"
_ALL = "(cut -c67- SHA256SUMS; echo SHA256SUMS; echo SHA256SUMS.p7s; echo manifest.json.p7s) | LC_ALL=C sort"
CHECKS = (
    f"{_OPENSSL} -in SHA256SUMS.p7s -content SHA256SUMS",
    f"{_OPENSSL} -in manifest.json.p7s -content manifest.json",
    "sha256sum --strict -c SHA256SUMS",
    f"{_ALL} > ../expected.txt && ls -A | LC_ALL=C sort | diff ../expected.txt -",
)
_GUIDE = """\
{title}

核对（在解压后的文件夹里依次运行，四条都不报错才算数；Windows 可用 WSL 或 Git Bash）：
To check, run these four in the unpacked folder; all must succeed:

{checks}

前两条验签章，第三条验每个文件，第四条验没有多出或缺少文件。
root.crt 只为方便附上：请用受托人另行告知的指纹核对它。
root.crt is here for convenience; compare its SHA-256 with the one the trustee told you some other way:
{root}

PDF 另有 PAdES 签章，阅读器可直接显示；去掉签章追加的部分，就是原来出具的那一份，逐字节相同。
entries.csv 的 chain 是账链上每笔分录的摘要，只给监管部门；opening 用来打开公开日志里的 commitment：
commitment = SHA-256(opening, chain)。
head.txt 是公开日志的日头；有 head.tsr 时，它是时间戳机构的 RFC 3161 凭证：
openssl ts -verify -token_in -in head.tsr -data head.txt -CAfile <time-stamp authority's root>

{changes}
"""


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a pack by its digest."""

    name: str
    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True, slots=True)
class MadePack:
    """A pack's octets and the files it lists."""

    content: bytes
    files: tuple[PackedFile, ...]


def digests_of(name: str, content: bytes) -> PackedFile:
    """The file's line in both lists."""
    digests = [hashlib.new(each, content).hexdigest() for each in ("sha256", "sm3")]
    return PackedFile(name, len(content), *digests)


def packed(
    title: str, files: Mapping[str, bytes], facts: Mapping[str, Any], changes: Sequence[str], signer: Signer
) -> MadePack:
    """The pack of these files; ``facts`` go into the manifest, ``changes`` into README, a sentence each."""
    root = signer.certificates[-1]
    whole = {
        **files,
        ROOT: _pem(root),
        README: _GUIDE.format(
            title=title,
            checks="\n".join(f"    {each}" for each in CHECKS),
            root=f"    {hashlib.sha256(root).hexdigest()}",
            changes="\n".join(changes),
        ).encode(),
    }
    lines = [digests_of(name, whole[name]) for name in sorted(whole)]
    manifest = json.dumps(
        {"version": 1, **facts, "files": [_as_json(each) for each in lines]},
        ensure_ascii=False, indent=1, sort_keys=True,
    ).encode()  # fmt: skip
    lines.append(digests_of(MANIFEST, manifest))
    sums = "".join(f"{each.sha256}  {each.name}\n" for each in lines).encode()
    whole |= {
        MANIFEST: manifest,
        MANIFEST + SEAL_SUFFIX: sealed_content(manifest, signer),
        SUMS: sums,
        SUMS + SEAL_SUFFIX: sealed_content(sums, signer),
    }
    return MadePack(_zipped(whole), tuple(lines))


def _as_json(file: PackedFile) -> dict[str, str | int]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256, "sm3": file.sm3}


def _pem(der: bytes) -> bytes:
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Stored, by name, dated 1980 as zip has no earlier day: the same files, the same octets."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            about = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            about.external_attr = 0o644 << 16
            archive.writestr(about, files[name])
    return out.getvalue()
