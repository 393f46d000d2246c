"""What the rollback rehearsal assumes is beta's and AWS's."""

from click.testing import CliRunner

from playbook.disasters import BROKEN_USERS
from playbook.rehearsal_stage import READS_PER_SECOND
from playbook.rehearsed_stacks import METRIC_DELAY_SECONDS
from playbook.rollback_rehearsal import BAKE_MINUTES, SCENARIOS, main
from playbook.rollback_timeline import LIMIT_SECONDS
from playbook.traffic import beta_users
from stacks.environments import BETA, SANDBOX, SANDBOX_OVERRIDES
from tests.stacks import alarm_proof, failing_traffic


def test_windows_thresholds_and_holds_are_betas() -> None:
    assert BETA.flag_bake_minutes == BAKE_MINUTES
    assert set(SANDBOX_OVERRIDES) == {"account", "bundle_platform"}
    assert SANDBOX.flag_poll_interval_seconds == BETA.flag_poll_interval_seconds


def test_metrics_are_as_late_as_in_the_alarms_proof_and_reads_as_many() -> None:
    assert METRIC_DELAY_SECONDS == failing_traffic.METRIC_DELAY_SECONDS == 120
    assert alarm_proof.TRAFFIC["10 reads/s"] == READS_PER_SECOND


def test_eight_percent_of_the_users_break_and_seven_minutes_are_allowed() -> None:
    users = beta_users(50)
    assert set(BROKEN_USERS) < set(users)
    assert len(BROKEN_USERS) / len(users) == 0.08
    assert LIMIT_SECONDS == 7 * 60


def test_its_help_names_every_scenario() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output

    for name in SCENARIOS:
        assert f"  {name} " in shown


def test_it_never_touches_a_real_account() -> None:
    done = CliRunner(env={"AWS_ENDPOINT_URL": "https://lambda.us-east-1.amazonaws.com"}).invoke(main, [])

    assert done.exit_code != 0
    assert "AWS_ENDPOINT_URL is not an address of this machine" in done.output
