"""What two environments say alike, but for their names."""

import pytest

from review.once import Shared, said_once, without_names


@pytest.mark.parametrize(
    ("environment", "text", "other_environment", "other_text"),
    [
        ("dev", "huntaze-dev-mock-read", "beta", "huntaze-mock-read"),
        ("dev", '{"environment": "dev"}', "prod", '{"environment": "prod"}'),
        ("beta", "arn:aws:sqs:us-east-1:${AWS::AccountId}:q", "sandbox", "arn:aws:sqs:us-east-1:000000000000:q"),
        ("beta", "secret:huntaze/database/reader of beta", "sandbox", "secret:huntaze/database/reader of beta"),
        ("dev", "GuardiandevGuardRailsTopicCB96BECB82712B7B", "prod", "GuardianprodGuardRailsTopic8AB02ED082712B7B"),
    ],
)
def test_names_prefixes_accounts_and_ids_made_of_them_make_no_difference(
    environment: str, text: str, other_environment: str, other_text: str
) -> None:
    assert without_names(text, environment) == without_names(other_text, other_environment)


def test_a_word_that_holds_an_environments_name_is_left_alone() -> None:
    assert without_names("a developer's device", "dev") == "a developer's device"


def test_items_are_one_only_where_key_and_text_agree() -> None:
    items = [("dev", ("Alarm", "2 in dev")), ("prod", ("Alarm", "2 in prod")), ("beta", ("Alarm", "3 in beta"))]

    assert said_once(items, key=lambda item: item[0], text=lambda item: item[1]) == [
        Shared(("Alarm", "2 in dev"), ("dev", "prod")),
        Shared(("Alarm", "3 in beta"), ("beta",)),
    ]
