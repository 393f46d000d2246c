"""URLs of AWS's console, for a dashboard, a report or a terminal to point at.

Only X-Ray's are documented (https://docs.aws.amazon.com/xray/latest/devguide/xray-console-deeplinks.html); the others
are those that the console itself shows. A link goes stale more gently than it breaks: each still opens its service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_CONSOLE: Final = "https://console.aws.amazon.com"
_LONGEST_TRACE_RANGE_MINUTES: Final = 6 * 60


@dataclass(frozen=True)
class Console:
    """The console of one region. No name is checked to exist.

    Names may be CDK tokens where a method says so: those are not encoded.
    """

    region: str

    def alarms(self) -> str:
        return self._cloudwatch("alarmsV2:")

    def alarm(self, name: str) -> str:
        return self._cloudwatch(f"alarmsV2:alarm/{quote(name, safe='')}")

    def dashboard(self, name: str) -> str:
        return self._cloudwatch(f"dashboards/dashboard/{quote(name, safe='')}")

    def logs_insights(self, log_groups: Sequence[str], query: str, *, minutes: int) -> str:
        """A query, ready to be run over the last `minutes`."""
        groups = "".join(f"~{_text(group)}" for group in log_groups)
        detail = (
            f"~(end~0~start~{-60 * minutes}~timeType~{_text('RELATIVE')}~unit~{_text('seconds')}"
            f"~editorString~{_text(query)}~isLiveTail~false~source~({groups}))"
        )
        # Encoded twice, with a dollar for each percent sign.
        encoded = quote(quote(detail, safe="*!").replace("~", "%7E"), safe="*!").replace("%", "$")
        return self._cloudwatch(f"logsV2:logs-insights$3FqueryDetail$3D{encoded}")

    def traces(self, filter_expression: str, *, minutes: int) -> str:
        """Of the last `minutes`. Raises ValueError for more than the six hours that X-Ray shows."""
        return self._xray(f"traces?timeRange={_minutes(minutes)}&filter={quote(filter_expression, safe='')}")

    def trace_map(self, *, minutes: int) -> str:
        """Of the last `minutes`. Raises ValueError for more than the six hours that X-Ray shows."""
        return self._xray(f"service-map?timeRange={_minutes(minutes)}")

    def appconfig_application(self, application_id: str) -> str:
        """The id may be a token."""
        return self._regional(f"systems-manager/appconfig/applications/{application_id}")

    def deployment_group(self, application: str, deployment_group: str) -> str:
        path = f"{quote(application, safe='')}/deployment-groups/{quote(deployment_group, safe='')}"
        return self._regional(f"codesuite/codedeploy/applications/{path}")

    def deployment(self, deployment_id: str) -> str:
        """Of CodeDeploy."""
        return self._regional(f"codesuite/codedeploy/deployments/{quote(deployment_id, safe='')}")

    def support(self) -> str:
        return f"{_CONSOLE}/support/"

    def _cloudwatch(self, page: str) -> str:
        return f"{_CONSOLE}/cloudwatch/home?region={self.region}#{page}"

    def _xray(self, page: str) -> str:
        return f"{_CONSOLE}/xray/home?region={self.region}#/{page}"

    def _regional(self, path: str) -> str:
        return f"https://{self.region}.console.aws.amazon.com/{path}?region={self.region}"


def _minutes(minutes: int) -> str:
    if not 0 < minutes <= _LONGEST_TRACE_RANGE_MINUTES:
        raise ValueError(f"X-Ray's console shows 1 to {_LONGEST_TRACE_RANGE_MINUTES} minutes, not {minutes}")
    return f"PT{minutes}M"


def _text(value: str) -> str:
    """A string in the notation of Logs Insights' links: JSURL, https://github.com/Sage/jsurl."""
    return "'" + "".join(_character(character) for character in value)


def _character(character: str) -> str:
    if character.isascii() and (character.isalnum() or character in "-._"):
        return character
    if character == "$":
        return "!"
    return f"*{ord(character):02x}" if ord(character) <= 0xFF else f"**{ord(character):04x}"  # noqa: PLR2004 — one byte
