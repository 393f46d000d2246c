"""Prisma's client for Python as its README shows it: `Prisma(auto_register=True)`, `connect()`, a query by a model.

With the interface `sync`, which our schema asks for and which is the quicker of the client's two. The connection URL
is in DATABASE_URL, as in the README's schema.
https://github.com/RobertCraigie/prisma-client-py#readme
"""

from typing import Any

from prisma.models import User  # type: ignore[import-untyped]  # only a generated package has it, and Prisma

from prisma import Prisma  # type: ignore[attr-defined]

db: Any = Prisma(auto_register=True)
db.connect()


def find_user(user_id: str) -> Any:
    """The query that prisma-read makes."""
    return User.prisma().find_unique(
        where={"id": user_id}, include={"profile": True, "subscriptions": {"order_by": {"id": "asc"}}}
    )
