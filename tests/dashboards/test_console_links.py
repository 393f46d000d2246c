"""Links have the form that the console shows, and X-Ray's that of its documentation."""

from urllib.parse import unquote

import pytest

from dashboards.console_links import Console

CONSOLE = Console("eu-west-1")
REGIONAL = "https://eu-west-1.console.aws.amazon.com"


def test_a_trace_filter_is_encoded_as_the_documentation_has_it() -> None:
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-console-deeplinks.html"""
    expression = 'service("api.amazon.com") { fault = true OR responsetime > 2.5 } AND annotation.foo = "bar"'
    link = Console("us-west-2").traces(expression, minutes=60)
    route, _, encoded = link.partition("&filter=")
    assert route == "https://console.aws.amazon.com/xray/home?region=us-west-2#/traces?timeRange=PT60M"
    assert unquote(encoded) == expression
    # The page leaves parentheses as they are; encoded, they do not end a link in Markdown.
    documented = (
        "service(%22api.amazon.com%22)%20%7B%20fault%20%3D%20true%20OR%20responsetime%20%3E%202.5%20%7D"
        "%20AND%20annotation.foo%20%3D%20%22bar%22"
    )
    assert encoded == documented.replace("(", "%28").replace(")", "%29")


def test_the_trace_map_is_of_the_last_minutes() -> None:
    link = CONSOLE.trace_map(minutes=60)
    assert link == "https://console.aws.amazon.com/xray/home?region=eu-west-1#/service-map?timeRange=PT60M"


@pytest.mark.parametrize("minutes", [0, 361])
def test_traces_of_more_than_six_hours_cannot_be_linked(minutes: int) -> None:
    with pytest.raises(ValueError, match="1 to 360 minutes"):
        CONSOLE.traces("fault", minutes=minutes)


def test_a_query_is_encoded_as_the_console_does() -> None:
    link = CONSOLE.logs_insights(["/aws/lambda/a", "b"], "fields @timestamp\n| limit 20", minutes=60)
    assert link == (
        "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:logs-insights$3FqueryDetail$3D"
        "$257E$2528end$257E0$257Estart$257E-3600$257EtimeType$257E$2527RELATIVE$257Eunit$257E$2527seconds"
        "$257EeditorString$257E$2527fields*20*40timestamp*0a*7c*20limit*2020$257EisLiveTail$257Efalse"
        "$257Esource$257E$2528$257E$2527*2faws*2flambda*2fa$257E$2527b$2529$2529"
    )


def test_a_querys_dollar_and_letters_beyond_a_byte_have_a_notation_of_their_own() -> None:
    link = CONSOLE.logs_insights(["a"], "$ü–", minutes=1)
    assert "$257EeditorString$257E$2527!*fc**2013$257E" in link


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (CONSOLE.alarms(), "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:"),
        (CONSOLE.alarm("a b"), "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%20b"),
        (
            CONSOLE.dashboard("huntaze"),
            "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/huntaze",
        ),
        (
            CONSOLE.appconfig_application("${Token[Id.1]}"),
            f"{REGIONAL}/systems-manager/appconfig/applications/${{Token[Id.1]}}?region=eu-west-1",
        ),
        (
            CONSOLE.deployment_group("app", "group"),
            f"{REGIONAL}/codesuite/codedeploy/applications/app/deployment-groups/group?region=eu-west-1",
        ),
        (
            CONSOLE.deployment("d-ABC"),
            f"{REGIONAL}/codesuite/codedeploy/deployments/d-ABC?region=eu-west-1",
        ),
        (CONSOLE.support(), "https://console.aws.amazon.com/support/"),
    ],
)
def test_a_page_of_the_console(link: str, expected: str) -> None:
    assert link == expected
