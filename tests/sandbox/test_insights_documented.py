"""What AWS's pages say a query answers. Each test names its page; the queries stand there."""

import json

import pytest

from tests.sandbox.insights_queries import START_MS, answers, compiled, computed, events, refusal


def test_a_glob_and_a_regular_expression_extract_the_same_fields() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html"""
    logged = events(
        "25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException",
    )
    for parse in (
        'parse @message "[*] * The error was: *" as level, config, exception',
        r"parse @message /\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+The error was: (?<exception>\S+)/",
    ):
        assert answers(f"{parse} | display level, config, exception", logged) == [
            {"level": "ERROR", "config": "{foo=2, bar=data}", "exception": "DataIntegrityException"}
        ]


def test_a_glob_extracts_numbers_to_aggregate() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html"""
    logged = events(
        *(
            f"25 May 2019 10:24:39,474 user=user1234, method:sampleMethod, latency := {latency}"
            for latency in (200, 232, 216)
        )
    )
    query = """
        parse @message "user=*, method:*, latency := *" as @user,
            @method, @latency | stats avg(@latency) by @method,
            @user
    """
    assert answers(query, logged) == [{"@method": "sampleMethod", "@user": "user1234", "avg(@latency)": "216"}]


def test_a_parsed_field_can_be_parsed_further() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html"""
    query = """
        parse @message "url=*" as url
        | parse url "/api/*/users/*" as apiVersion, userId
        | display apiVersion, userId
    """
    assert answers(query, events("url=/api/v2/users/7")) == [{"apiVersion": "v2", "userId": "7"}]


def test_an_event_that_does_not_match_stays_without_the_extracted_fields() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html"""
    query = 'fields @message | parse @message "user=*," as user | sort @timestamp'
    assert answers(query, events("user=a, x", "no user")) == [
        {"@message": "user=a, x", "user": "a"},
        {"@message": "no user"},
    ]


def test_display_shows_only_the_fields_of_the_last_one() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Display.html"""
    query = """
        fields @message
        | parse @message "[*] *" as loggingType, loggingMessage
        | filter loggingType = "ERROR"
        | display loggingType
        | display loggingMessage
    """
    logged = events("[ERROR] A very strange error occurred!", "[INFO] All is well")
    assert answers(query, logged) == [{"loggingMessage": "A very strange error occurred!"}]


def test_a_commented_line_is_ignored() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html"""
    query = """fields @timestamp, @message
        # | filter @message like /delay/
        | limit 20"""
    assert len(answers(query, events("one", "two"))) == 2


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('f1 like "Exception"', {"an Exception"}),
        ("f1 like /Exception/", {"an Exception"}),
        ("f1 =~ /Exception/", {"an Exception"}),
        ('f1 not like "Exception"', {"an exception", "none"}),
        ("f1 like /(?i)Exception/", {"an Exception", "an exception"}),
        ('f1 in ["none", "an Exc"]', {"none"}),
        ('f1 not in ["none"]', {"an Exception", "an exception"}),
    ],
)
def test_filters_match_parts_with_like_and_wholes_with_in(condition: str, found: set[str]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html"""
    logged = events(*(json.dumps({"f1": f1}) for f1 in ("an Exception", "an exception", "none")))
    assert {row["f1"] for row in answers(f"fields f1 | filter {condition}", logged)} == found


def test_numbers_match_patterns_and_sets_as_they_are_written() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html"""
    logged = events(*(json.dumps({"statusCode": code}) for code in (200, 299, "300", 404)))

    def codes(condition: str) -> list[str]:
        rows = answers(f"fields statusCode | filter {condition} | sort statusCode", logged)
        return [row["statusCode"] for row in rows]

    assert codes(r"statusCode like /2\d\d/") == ["200", "299"]
    assert codes(r"statusCode not like /2\d\d/") == ["300", "404"]
    assert codes("statusCode in [300,400,500]") == ["300"]


def test_conditions_combine_and_a_string_of_digits_equals_the_number() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html"""
    logged = events(
        '{"range": 3001, "accountId": "123456789012"}',
        '{"range": 3000, "accountId": "123456789012"}',
        '{"range": 3001, "accountId": "210987654321"}',
    )
    query = "fields range, accountId | filter (range>3000 and accountId=123456789012)"
    assert answers(query, logged) == [{"range": "3001", "accountId": "123456789012"}]


def test_the_natural_order_is_that_of_the_page() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html"""
    ordered = [
        "!:", "#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A", "A9876fghj", "a12345hfh", "0",
        "01", "1", "2", "3",
    ]  # fmt: skip
    logged = events(*reversed(ordered))
    assert [row["@message"] for row in answers("fields @message | sort @message asc", logged)] == ordered
    assert [row["@message"] for row in answers("fields @message | sort @message desc", logged)] == ordered[::-1]


def test_top_queries_sort_and_limit() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html"""
    logged = events(*(json.dumps({"srcAddr": "a", "dstAddr": f"b{n % 3}", "packets": n}) for n in range(9)))
    query = """stats sum(packets) as packetsTransferred by srcAddr, dstAddr
        | sort packetsTransferred  desc
        | limit 2"""
    assert answers(query, logged) == [
        {"srcAddr": "a", "dstAddr": "b2", "packetsTransferred": "15"},
        {"srcAddr": "a", "dstAddr": "b1", "packetsTransferred": "12"},
    ]


def test_without_a_limit_ten_thousand_events_are_returned() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html"""
    logged = events(*("line" for _ in range(10_001)), every_ms=1)
    assert len(answers("fields @message", logged)) == 10_000
    assert len(answers("fields @message | limit 10001", logged)) == 10_001


def test_dedup_keeps_the_newest_event_of_each_value() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html"""
    logged = events(
        *(json.dumps({"server": server, "severity": n}) for n, server in enumerate(("a", "b", "a", "b", "c")))
    )
    query = "fields server, severity | sort @timestamp desc | dedup server"
    expected = [
        {"server": "c", "severity": "4"},
        {"server": "b", "severity": "3"},
        {"server": "a", "severity": "2"},
    ]
    assert answers(query, logged) == expected
    # Without a sort, newest first is the order.
    assert answers("fields server, severity | dedup server", logged) == expected


def test_dedup_retains_events_without_a_value() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html"""
    logged = events('{"a": 1}', '{"b": 1}', '{"a": 1}', '{"b": 2}')
    assert answers("fields a, b | dedup a", logged) == [{"b": "2"}, {"a": "1"}, {"b": "1"}]


def test_json_fields_have_dotted_names() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html"""
    event = {
        "eventVersion": "1.0",
        "userIdentity": {"type": "IAMUser", "userName": "Alice"},
        "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-abcde123"}]}},
        "responseElements": {"instancesSet": {"items": [{"currentState": {"code": 0, "name": "pending"}}]}},
    }
    query = """fields userIdentity.type, responseElements.instancesSet.items.0.currentState.code as code
        | filter requestParameters.instancesSet.items.0.instanceId="i-abcde123"
        | sort @timestamp desc"""
    assert answers(query, events(json.dumps(event))) == [{"userIdentity.type": "IAMUser", "code": "0"}]


def test_json_within_a_string_is_one_value_until_it_is_parsed() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html"""
    line = json.dumps({"api": {"request": {"data": '{"startTime":1234,"endTime":5678}'}}})
    query = "fields api.request.data.startTime as none, jsonParse(api.request.data).startTime as startTime"
    assert answers(query, events(line)) == [{"startTime": "1234"}]


def test_structures_are_accessed_by_name_index_and_quoted_name() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-structure-types"""
    logged = events(
        json.dumps({"users": [{"action": "x"}, {"action": "PutData"}], "user.id": "123", "status_code": 200}),
        json.dumps({"users": [], "user.id": "124", "status_code": 200}),
    )
    parsed = "fields jsonParse(@message) as json_message"
    assert answers(f"{parsed} | stats count() by json_message.status_code", logged) == [
        {"json_message.status_code": "200", "count()": "2"}
    ]
    for condition in ('json_message.users[1].action = "PutData"', 'json_message.`user.id` = "123"'):
        assert len(answers(f"{parsed} | filter {condition}", logged)) == 1
    # Maps and lists are as good as missing to functions of strings.
    assert answers(f"{parsed} | display toupper(json_message)", logged) == [{}, {}]


def test_unnest_makes_a_record_of_each_item() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Unnest.html"""
    line = json.dumps({"events": [{"name": "exception"}, {"name": "user action"}]})
    query = """fields jsonParse(@message) as json_message
        | unnest json_message.events into event
        | display event.name"""
    assert answers(query, events(line)) == [{"event.name": "exception"}, {"event.name": "user action"}]


def test_unnested_items_are_aggregated_and_what_is_no_list_is_one_item() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Unnest.html"""
    lines = [
        {"accounts": [{"accountId": "a", "droppedSpans": 3}, {"accountId": "b", "droppedSpans": 1}]},
        {"accounts": {"accountId": "a", "droppedSpans": 2}},
    ]
    query = """fields jsonParse(@message) as js
        | unnest js.accounts into account
        | stats sum(account.droppedSpans) as n by account.accountId
        | sort n desc
        | limit 10"""
    assert answers(query, events(*map(json.dumps, lines))) == [
        {"account.accountId": "a", "n": "5"},
        {"account.accountId": "b", "n": "1"},
    ]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 ^ 3", "8"),
        ("10 % 3", "1"),
        ('ltrim("xyZxyfooxyZ","xyZ")', "fooxyZ"),
        ('rtrim("xyZfooxyxyZ","xyZ")', "xyZfoo"),
        ('trim("xyZxyfooxyxyZ","xyZ")', "foo"),
        ('substr("xyZfooxyZ",3, 3)', "foo"),
        ('replace("a smoke_test b","smoke_test","Smoke")', "a Smoke b"),
        ('isempty("")', "1"),
        ("isempty(missing)", "1"),
        ('isblank(" \t")', "1"),
        ('isempty("a")', "0"),
        ("ispresent(missing)", "0"),
        ("ispresent(@message)", "1"),
        ('strcontains("an Exception", "Exc")', "1"),
        ('strcontains("an Exception", "exc")', "0"),
        ('strcontains("an Exception", "exc", true)', "1"),
        ('isValidIp("2001:db8::1")', "1"),
        ('isValidIpV4("2001:db8::1")', "0"),
        ('isIpInSubnet("192.0.2.7", "192.0.2.0/24")', "1"),
        ('isIpv6InSubnet("192.0.2.7", "192.0.2.0/24")', "0"),
        ('jsonArrayContains("[1, \\"admin\\"]", "admin")', "1"),
        ('jsonArrayContains("no", "admin")', "0"),
        ('jsonArraySize("[1, 2]")', "2"),
        ('jsonStringify(jsonParse("{\\"a\\": [1]}"))', '{"a":[1]}'),
        ('case(1 > 2, "first", 2 > 1, "second", "none")', "second"),
        ('case(1 > 2, "first", "none")', "none"),
        ('if(@message like /x/, "yes", "no")', "no"),
        ("coalesce(missing, @message)", "{}"),
        ("round(2.5)", "3"),
        ("round(1.256, 2)", "1.26"),
        ("strlen('día')", "3"),
        ("messageSize('día')", "4"),
        ("now()", "1700007200"),
        ("queryTimeRange()", "3600000"),
        ("greatest(1, 3, 2)", "3"),
        ("concat('a', '-', 1)", "a-1"),
        ("urldecode(urlencode('a b/c'))", "a b/c"),
        ("base64decode(base64encode('día'))", "día"),
    ],
)
def test_functions_give_what_their_table_says(expression: str, value: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html"""
    assert computed(expression) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("toMillis(@timestamp)", "1700000000000"),
        ("fromMillis(1700000000000)", "2023-11-14 22:13:20.000"),
        ("bin(5m)", "2023-11-14 22:10:00.000"),
        ("datefloor(@timestamp, 1h)", "2023-11-14 22:00:00.000"),
        ("dateceil(@timestamp, 1h)", "2023-11-14 23:00:00.000"),
        # The caps: 60 is the most that s and m take, 24 that h takes, 1000 that ms takes.
        ("bin(300s)", "2023-11-14 22:13:00.000"),
        ("bin(90m)", "2023-11-14 22:00:00.000"),
        ("bin(1000h)", "2023-11-14 00:00:00.000"),
        ("bin(5000ms)", "2023-11-14 22:13:20.000"),
        ("bin(1d)", "2023-11-14 00:00:00.000"),
        ("bin(1w)", "2023-11-13 00:00:00.000"),
        ("bin(1mo)", "2023-11-01 00:00:00.000"),
        ("bin(1q)", "2023-10-01 00:00:00.000"),
        ("dateceil(@timestamp, 1y)", "2024-01-01 00:00:00.000"),
    ],
)
def test_times_are_rounded_to_periods(expression: str, value: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-datetime"""
    assert computed(expression) == value


def test_exceptions_are_counted_by_the_hour() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-datetime"""
    logged = events("Exception a", "fine", "Exception b", "Exception c", every_ms=1_800_000)
    query = """filter @message like /Exception/
        | stats count(*) as exceptionCount by bin(1h)
        | sort exceptionCount desc"""
    assert answers(query, logged) == [
        {"bin(1h)": "2023-11-14 23:00:00.000", "exceptionCount": "2"},
        {"bin(1h)": "2023-11-14 22:00:00.000", "exceptionCount": "1"},
    ]


def test_a_second_stats_aggregates_what_the_first_one_made() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi"""
    logged = events("a" * 1024, "b" * 1024, "c" * 1024, every_ms=120_000)
    query = """FIELDS strlen(@message) AS message_length
        | STATS sum(message_length)/1024 as logs_kb BY bin(5m)
        | STATS max(logs_kb) AS peak_ingest_kb,
                min(logs_kb) AS min_ingest_kb,
                avg(logs_kb) AS avg_ingest_kb"""
    assert answers(query, logged) == [{"peak_ingest_kb": "2", "min_ingest_kb": "1", "avg_ingest_kb": "1.5"}]


def test_filters_may_stand_between_two_stats() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi"""
    sessions = [("s1", "ios", "a"), ("s1", "ios", "b"), ("s2", "ios", "a"), ("s3", "web", "a"), ("s3", "web", "b")]
    logged = events(
        *(json.dumps({"session_id": s, "client_platform": p, "client_ip": ip}) for s, p, ip in (*sessions, sessions[0]))
    )
    query = """STATS count_distinct(client_ip) AS session_ips,
              count(*) AS requests BY session_id, client_platform
        | FILTER session_ips > 1
        | STATS count(*) AS multiple_ip_sessions,
                sum(requests) / count(*) AS avg_session_requests BY client_platform
        | sort client_platform"""
    assert answers(query, logged) == [
        {"client_platform": "ios", "multiple_ip_sessions": "1", "avg_session_requests": "3"},
        {"client_platform": "web", "multiple_ip_sessions": "1", "avg_session_requests": "2"},
    ]


def test_bins_are_aggregated_into_larger_ones() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi"""
    logged = events(*("x" for _ in range(20)), every_ms=60_000, start_ms=START_MS - START_MS % 600_000)
    query = """FIELDS strlen(@message) AS message_length
        | STATS sum(message_length) AS length BY BIN(5m) as @t
        | STATS max(length) AS peak, count(*) as bins BY dateceil(@t, 10m) as ends
        | sort ends"""
    assert answers(query, logged) == [
        {"ends": "2023-11-14 22:10:00.000", "peak": "5", "bins": "1"},
        {"ends": "2023-11-14 22:20:00.000", "peak": "5", "bins": "2"},
        {"ends": "2023-11-14 22:30:00.000", "peak": "5", "bins": "1"},
    ]


@pytest.mark.parametrize(
    ("query", "lost"),
    [
        (
            """FIELDS @message
            | STATS SUM(Fault) by Operation
            # You can only reference `SUM(Fault)` or Operation at this point
            | STATS MAX(strlen(@message)) AS MaxMessageSize # Invalid reference to @message""",
            "@message",
        ),
        (
            """FIELDS strlen(@message) AS message_length
            | STATS sum(message_length) AS ingested_bytes BY @logStream
            | STATS avg(ingested_bytes) BY bin(5m) # Invalid reference to @timestamp field""",
            "@timestamp",
        ),
        ("STATS sum(x) as sum_x by y, z | STATS max(sum_x) as max_x by z | filter y = 1", "y"),
    ],
)
def test_after_stats_only_what_it_made_is_there(query: str, lost: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi"""
    assert refusal(query).message == f"there is no field {lost} after stats"


def test_a_timestamp_is_carried_into_the_second_stats_as_a_field() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi"""
    query = """FIELDS strlen(@message) AS message_length
         | STATS sum(message_length) AS ingested_bytes, max(@timestamp) as @t BY @logStream
         | STATS avg(ingested_bytes) BY dateceil(@t, 5m)"""
    assert answers(query, events("abc", "d")) == [
        {"dateceil(@t, 5m)": "2023-11-14 22:15:00.000", "avg(ingested_bytes)": "4"}
    ]


def report(memory_used_mb: int, init: str = "") -> str:
    return (
        "REPORT RequestId: 0fc78b42-f6e0-400a-be91-71c5d1eadb9a\tDuration: 1394.60 ms\tBilled Duration: 1395 ms\t"
        f"Memory Size: 128 MB\tMax Memory Used: {memory_used_mb} MB\t{init}"
    )


def test_overprovisioned_memory_is_computed_from_earlier_columns() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html"""
    logged = events(report(79), report(61), "START RequestId: x Version: 1", log="123456789012:/aws/lambda/read")
    query = """filter @type = "REPORT"
        | stats max(@memorySize / 1000 / 1000) as provisonedMemoryMB,
            min(@maxMemoryUsed / 1000 / 1000) as smallestMemoryRequestMB,
            avg(@maxMemoryUsed / 1000 / 1000) as avgMemoryUsedMB,
            max(@maxMemoryUsed / 1000 / 1000) as maxMemoryUsedMB,
            provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB"""
    assert answers(query, logged) == [
        {
            "provisonedMemoryMB": "128",
            "smallestMemoryRequestMB": "61",
            "avgMemoryUsedMB": "70",
            "maxMemoryUsedMB": "79",
            "overProvisionedMB": "49",
        }
    ]


def test_cold_starts_are_counted_by_function_and_memory() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html"""
    cold = [report(79, f"Init Duration: {init} ms\t") for init in ("428.60", "400.00", "500.00")]
    logged = events(report(79), *cold, log="123456789012:/aws/lambda/read")
    query = r"""filter @type="REPORT"
        | fields @memorySize / 1000000 as memorySize
        | filter @message like /(?i)(Init Duration)/
        | parse @message /^REPORT.*Init Duration: (?<initDuration>.*) ms.*/
        | parse @log /^.*\/aws\/lambda\/(?<functionName>.*)/
        | stats count() as coldStarts, median(initDuration) as avgInitDuration,
            max(initDuration) as maxIntDuration by functionName, memorySize"""
    assert answers(query, logged) == [
        {
            "functionName": "read",
            "memorySize": "128",
            "coldStarts": "3",
            "avgInitDuration": "428.6",
            "maxIntDuration": "500.00",
        }
    ]


@pytest.mark.parametrize(
    "query",
    [
        "fields `foo-bar`, action, abs(f3-f4)",
        "fields f1, f2, f3 | filter (duration>2000)",
        'filter Type not in ["foo","bar",1]',
        "stats avg (f1) by f2",
        "sort @timestamp desc | limit 25 | display f1, f2",
        'filter eventName="UpdateTrail" and ispresent(errorCode) | stats count(*) by errorCode, errorMessage',
        "stats count(*) by queryType, bin(1h)",
        'filter (eventName="StartInstances" or eventName="StopInstances") and region="us-east-2"',
        "filter toMillis(@timestamp) >= (now() * 1000 - 7200000)",
        "fields @timestamp, @message | limit any 20",
        "fields @timestamp, @message | where @message like /error/",
    ],
)
def test_other_queries_of_the_pages_are_read(query: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html"""
    assert compiled(query)
