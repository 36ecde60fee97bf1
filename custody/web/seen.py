"""What a visitor has looked at since signing in: subjects of keys, each on the content it had then.

Kept in the session alone: it turns no key and proves nothing, it only spares people a second look. Refuses to
remember more than a few hundred: the oldest is forgotten first.
"""

from django.http import HttpRequest

REMEMBERED_MAX = 500
_NAME = "looked_at"


def mark_seen(request: HttpRequest, kind: str, subject_id: int, digest: str) -> None:
    """Remember that the visitor's browser was shown this subject's evidence, as its digest says it stood."""
    known: dict[str, str] = request.session.get(_NAME, {})
    name = f"{kind}:{subject_id}"
    if known.get(name) == digest[:16]:
        return
    known = {key: value for key, value in known.items() if key != name}
    known[name] = digest[:16]
    request.session[_NAME] = dict(list(known.items())[-REMEMBERED_MAX:])


def has_seen(request: HttpRequest, kind: str, subject_id: int, digest: str) -> bool:
    """Whether the visitor was shown the subject with exactly this content."""
    return bool(request.session.get(_NAME, {}).get(f"{kind}:{subject_id}") == digest[:16])
