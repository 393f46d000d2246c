"""Keyed digests of a document: what may leave the function where the values may not.

A digest is BLAKE2b with our key and 8 bytes, in hex, of

    <length of request id>:<request id><length of path>:<path><value in canonical form, as JSON>

The request id makes equal values of two users, or of one user's two reads, look different, and without the key
nobody can try out values. https://docs.python.org/3/library/hashlib.html#keyed-hashing

A read has at most 12 digests: the 11 fields of `DIGESTED_FIELDS`, each with everything below it, and `ROOT`, the
digest of what is left, as one object: `id`, `marketingConsent` and any field we do not know. A document without one of
the fields has no digest for it. No such user is no digest at all; every user has `ROOT`.
"""

from hashlib import blake2b
from typing import Final

from shared.canonical import field_writer, object_writer
from shared.reader import Document
from shared.user_shape import USER

ROOT: Final = "$"
DIGESTED_FIELDS: Final = (
    "displayName",
    "nickname",
    "status",
    "balance",
    "createdAt",
    "lastSeenAt",
    "points",
    "tags",
    "preferences",
    "profile",
    "subscriptions",
)
DIGEST_PATHS: Final = frozenset({ROOT, *DIGESTED_FIELDS})
DIGEST_BYTES: Final = 8


def _framed(text: str) -> bytes:
    encoded = text.encode("utf-8", "surrogatepass")
    return b"%d:%b" % (len(encoded), encoded)


_FIELDS: Final = {name: (_framed(name), field_writer(name)) for name in DIGESTED_FIELDS}
_FRAMED_ROOT: Final = _framed(ROOT)
_write_left: Final = object_writer(USER.keys() - {*DIGESTED_FIELDS})


class Digester:
    """Digests under one key of 1 to 64 bytes."""

    def __init__(self, key: str) -> None:
        self._keyed = blake2b(digest_size=DIGEST_BYTES, key=key.encode(), person=b"huntaze shadow")

    def digests(self, request_id: str, document: Document | None) -> dict[str, str]:
        """Hex digests by path, for a read of that request id; `document` None is no such user."""
        if document is None:
            return {}
        of_request = self._keyed.copy()
        of_request.update(_framed(request_id))
        digests: dict[str, str] = {}
        left: Document = {}
        for name, value in document.items():
            if name in _FIELDS:
                framed, write = _FIELDS[name]
                digest = of_request.copy()
                digest.update(framed + write(value).encode())
                digests[name] = digest.hexdigest()
            else:
                left[name] = value
        of_request.update(_FRAMED_ROOT + _write_left(left).encode())
        digests[ROOT] = of_request.hexdigest()
        return digests
