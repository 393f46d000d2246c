"""Which parts make the function. Built once per execution environment, at the cold start."""

from collections.abc import Mapping

import boto3

from rollback_guardian.appconfig_dial import AppConfigDial
from rollback_guardian.aws import CLIENT_CONFIG, CloudWatchAlarms, TopicReports
from rollback_guardian.guardian import Guardian
from rollback_guardian.settings import DialIds, Settings
from shared.event_log import EventLog


def build_guardian(environ: Mapping[str, str]) -> Guardian:
    """Raises SettingsError when a variable is missing."""
    settings = Settings.from_environ(environ)
    names = settings.names
    appconfig = boto3.client("appconfig", config=CLIENT_CONFIG)

    def dial(ids: DialIds) -> AppConfigDial:
        return AppConfigDial(
            appconfig,
            application_id=settings.application_id,
            environment_id=ids.environment_id,
            profile_id=ids.profile_id,
            strategy_id=settings.strategy_id,
        )

    return Guardian(
        switch=dial(settings.switch),
        flag=dial(settings.flag),
        alarms=CloudWatchAlarms(boto3.client("cloudwatch", config=CLIENT_CONFIG), names.flag_rollback_alarms),
        reports=TopicReports(boto3.client("sns", config=CLIENT_CONFIG), settings.topic_arn),
        log=EventLog(
            environment=settings.environment,
            function=names.rollback_guardian_function,
            version=settings.function_version,
        ),
    )
