"""When the secret is fetched, and that nothing of it leaves in an error."""

from dataclasses import replace
from typing import Any

import pytest

from prisma_read.database_secret import DatabaseSecret
from prisma_read.read_error import ReadError
from tests.lambda_support.prisma_fakes import ROTATED, TARGET, FakeSecretsManager


def secret_of(*values: str | Exception) -> tuple[DatabaseSecret, FakeSecretsManager]:
    client = FakeSecretsManager({"reader": list(values)})
    return DatabaseSecret("reader", client), client


def test_the_secret_is_fetched_once() -> None:
    secret, client = secret_of(TARGET.url())
    assert [secret.target(), secret.target()] == [TARGET, TARGET]
    assert client.fetched == ["reader"]


def test_a_renewal_tells_whether_there_is_another_secret() -> None:
    secret, _ = secret_of(TARGET.url(), ROTATED.url())
    assert secret.target() == TARGET
    assert secret.renew()
    assert secret.target() == ROTATED
    assert not secret.renew()


@pytest.mark.parametrize("value", [RuntimeError("AccessDenied for s3cret"), "s3cret"])
def test_a_secret_that_cannot_be_had_is_an_error_of_its_own_and_fetched_again(value: str | Exception) -> None:
    secret, client = secret_of(value, TARGET.url())
    with pytest.raises(ReadError) as raised:
        secret.target()
    assert raised.value.code == "secret"
    assert "s3cret" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert secret.target() == TARGET
    assert client.fetched == ["reader", "reader"]


def test_a_renewal_that_fails_forgets_the_refused_secret() -> None:
    secret, _ = secret_of(TARGET.url(), RuntimeError(), ROTATED.url())
    secret.target()
    with pytest.raises(ReadError):
        secret.renew()
    assert secret.target() == ROTATED


def test_a_secret_without_a_host_is_completed_from_the_other_one_as_that_is_now() -> None:
    managed = '{"username": "admin", "password": "s3cret"}'
    moved = replace(TARGET, host="moved.example")
    client = FakeSecretsManager({"reader": [TARGET.url(), moved.url()], "admin": [managed]})
    admin = DatabaseSecret("admin", client, same_database=DatabaseSecret("reader", client).fetch)
    assert admin.target() == replace(TARGET, user="admin", password="s3cret")
    assert admin.renew()
    assert admin.target().host == "moved.example"


def test_without_the_other_secret_it_is_an_error_of_the_secret() -> None:
    client = FakeSecretsManager({"reader": [RuntimeError()], "admin": ['{"username": "admin", "password": "s3cret"}']})
    with pytest.raises(ReadError, match=r"^secret$"):
        DatabaseSecret("admin", client, same_database=DatabaseSecret("reader", client).fetch).target()


def test_a_binary_secret_is_no_secret_of_ours() -> None:
    class Binary:
        def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803 — AWS's spelling
            return {"ARN": SecretId, "SecretBinary": b""}

    with pytest.raises(ReadError, match=r"^secret$"):
        DatabaseSecret("reader", Binary()).target()
