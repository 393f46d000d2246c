"""The mock's users as rows, so that both paths hold the same facts.

The whole fixture goes to PostgreSQL as one JSON value and PostgreSQL takes it apart: decimals and timestamps travel as
the fixture's own text and never pass through a number of ours.
"""

from typing import Any, Final, Protocol

from shared.mock_reader import FIXTURE

_UPSERT_USERS: Final = """
INSERT INTO users (id, display_name, nickname, status, balance, created_at, last_seen_at, marketing_consent, points,
                   tags, preferences)
SELECT item ->> 'id', item ->> 'displayName', item ->> 'nickname', CAST(item ->> 'status' AS user_status),
       CAST(item ->> 'balance' AS decimal), CAST(item ->> 'createdAt' AS timestamptz),
       CAST(item ->> 'lastSeenAt' AS timestamptz), CAST(item ->> 'marketingConsent' AS boolean),
       CAST(item ->> 'points' AS integer),
       ARRAY(SELECT tag FROM jsonb_array_elements_text(item -> 'tags') WITH ORDINALITY AS tags (tag, n) ORDER BY n),
       item -> 'preferences'
FROM jsonb_array_elements(CAST(:users AS jsonb)) AS item
ON CONFLICT (id) DO UPDATE SET
    display_name = excluded.display_name, nickname = excluded.nickname, status = excluded.status,
    balance = excluded.balance, created_at = excluded.created_at, last_seen_at = excluded.last_seen_at,
    marketing_consent = excluded.marketing_consent, points = excluded.points, tags = excluded.tags,
    preferences = excluded.preferences
"""

_UPSERT_PROFILES: Final = """
INSERT INTO profiles (id, user_id, bio, locale, avatar_colour, updated_at)
SELECT profile ->> 'id', item ->> 'id', profile ->> 'bio', profile ->> 'locale', profile ->> 'avatarColour',
       CAST(profile ->> 'updatedAt' AS timestamptz)
FROM jsonb_array_elements(CAST(:users AS jsonb)) AS item, jsonb_path_query(item, '$.profile ? (@ != null)') AS profile
ON CONFLICT (id) DO UPDATE SET
    user_id = excluded.user_id, bio = excluded.bio, locale = excluded.locale, avatar_colour = excluded.avatar_colour,
    updated_at = excluded.updated_at
"""

_UPSERT_SUBSCRIPTIONS: Final = """
INSERT INTO subscriptions (id, user_id, product, plan, price, started_at, ended_at)
SELECT subscription ->> 'id', item ->> 'id', subscription ->> 'product', CAST(subscription ->> 'plan' AS plan),
       CAST(subscription ->> 'price' AS decimal), CAST(subscription ->> 'startedAt' AS timestamptz),
       CAST(subscription ->> 'endedAt' AS timestamptz)
FROM jsonb_array_elements(CAST(:users AS jsonb)) AS item, jsonb_array_elements(item -> 'subscriptions') AS subscription
ON CONFLICT (id) DO UPDATE SET
    user_id = excluded.user_id, product = excluded.product, plan = excluded.plan, price = excluded.price,
    started_at = excluded.started_at, ended_at = excluded.ended_at
"""

# Of the users in the fixture only: whoever else is in the database is none of the seed's business.
_DELETE_OTHER_PROFILES: Final = """
DELETE FROM profiles USING jsonb_array_elements(CAST(:users AS jsonb)) AS item
WHERE profiles.user_id = item ->> 'id' AND profiles.id IS DISTINCT FROM item #>> '{profile,id}'
"""

_DELETE_OTHER_SUBSCRIPTIONS: Final = """
DELETE FROM subscriptions USING jsonb_array_elements(CAST(:users AS jsonb)) AS item
WHERE subscriptions.user_id = item ->> 'id'
  AND NOT jsonb_path_exists(item, '$.subscriptions[*] ? (@.id == $id)', jsonb_build_object('id', subscriptions.id))
"""

_STATEMENTS: Final = (
    _UPSERT_USERS,
    _DELETE_OTHER_PROFILES,
    _UPSERT_PROFILES,
    _DELETE_OTHER_SUBSCRIPTIONS,
    _UPSERT_SUBSCRIPTIONS,
)


class Connection(Protocol):
    """The part of `pg8000.native.Connection` that is used: parameters are named, `:users`."""

    def run(self, sql: str, **params: Any) -> Any: ...


def seed_users(connection: Connection) -> None:
    """Make the fixture's users, their profiles and their subscriptions exactly those of the fixture.

    Runs in one transaction, so that no reader ever sees a part of it; running it again changes nothing. Raises what
    the connection raises, after which nothing has changed.
    """
    users = FIXTURE.read_text(encoding="utf-8")
    connection.run("START TRANSACTION")
    try:
        for statement in _STATEMENTS:
            connection.run(statement, users=users)
    except BaseException:
        connection.run("ROLLBACK")
        raise
    connection.run("COMMIT")
