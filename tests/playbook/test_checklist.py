from playbook.checklist import Checklist, Result, failed, passed, warned

ITEMS = (passed("alarms", "all OK"), warned("people", "nobody hears", "subscribe"), failed("traces", "none", "read"))


def test_a_checklist_passes_as_long_as_nothing_fails() -> None:
    assert Checklist(ITEMS[:2]).passed
    assert not Checklist(ITEMS).passed
    assert Checklist(ITEMS).of(Result.WARN) == (ITEMS[1],)


def test_its_sentence_counts_and_names_what_fails() -> None:
    assert Checklist(ITEMS).sentence == "3 items: 1 pass, 1 warning, 1 fail (traces)."
    assert Checklist(ITEMS[:1]).sentence == "1 item: 1 pass."


def test_an_item_is_one_line_and_what_to_do_stands_below_it() -> None:
    assert [text for text, _ in ITEMS[0].lines()] == ["PASS  alarms              all OK"]
    told, to_do = (text for text, _ in ITEMS[2].lines())
    assert told.startswith("FAIL  traces")
    assert to_do.index("→") == told.index("none")
    assert ITEMS[2].document() == {"name": "traces", "result": "FAIL", "told": "none", "to_do": "read"}
