"""Which code of Prisma or PostgreSQL becomes which word and remedy."""

import pytest

from prisma_read.read_error import MESSAGES, Code, Remedy, error_of_prisma_code, error_of_sqlstate


@pytest.mark.parametrize(
    ("prisma_code", "code", "remedy"),
    [
        ("P1000", "db-auth", Remedy.RENEW_SECRET),
        ("P1001", "db-unreachable", Remedy.NONE),
        ("P1002", "db-timeout", Remedy.NONE),
        ("P1003", "db-error", Remedy.NONE),
        ("P1008", "db-timeout", Remedy.NONE),
        ("P1010", "db-auth", Remedy.RENEW_SECRET),
        ("P1011", "db-unreachable", Remedy.NONE),
        ("P1013", "secret", Remedy.RENEW_SECRET),
        ("P1017", "db-unreachable", Remedy.RETRY),
        ("P2021", "db-error", Remedy.NONE),
        ("P2024", "db-timeout", Remedy.NONE),
        ("P2037", "db-unreachable", Remedy.NONE),
        ("P9999", "db-error", Remedy.NONE),
    ],
)
def test_each_code_of_prisma_has_a_word_and_a_remedy(prisma_code: str, code: str, remedy: Remedy) -> None:
    error = error_of_prisma_code(prisma_code)
    assert (error.code, error.remedy) == (code, remedy)


@pytest.mark.parametrize(
    ("sqlstate", "code", "remedy"),
    [
        ("57014", "db-timeout", Remedy.NONE),
        ("55P03", "db-timeout", Remedy.NONE),
        ("57P01", "db-unreachable", Remedy.RETRY),
        ("57P02", "db-unreachable", Remedy.RETRY),
        ("57P03", "db-unreachable", Remedy.NONE),
        ("08006", "db-unreachable", Remedy.RETRY),
        ("28P01", "db-auth", Remedy.RENEW_SECRET),
        ("28000", "db-auth", Remedy.RENEW_SECRET),
        ("53300", "db-unreachable", Remedy.NONE),
        ("42501", "db-error", Remedy.NONE),
        ("", "db-error", Remedy.NONE),
    ],
)
def test_each_code_of_postgresql_has_a_word_and_a_remedy(sqlstate: str, code: str, remedy: Remedy) -> None:
    error = error_of_sqlstate(sqlstate)
    assert (error.code, error.remedy) == (code, remedy)


def test_every_code_has_its_sentence() -> None:
    assert set(MESSAGES) == set(Code)
