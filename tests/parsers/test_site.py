"""A site's own shapes: what they read, what they cannot take, and how errors point at the place."""

import pytest

from parsers.batch import parse_lines
from parsers.registry import SITE, registry
from parsers.site import LONGEST_TEMPLATE, SiteShapesError, site_registry

GOOD: dict[str, object] = {
    "event": "site.mail_mirrored",
    "daemons": ["mirrord"],
    "template": "{queue_id}: mirrored to {relay_host}[ by {clerk}]{*}",
    "pairs": {"no": "{ticket}", "to": "<{recipient}>"},
    "fields": {"ticket": "int", "clerk": "word"},
    "samples": ["9BB5B162711: mirrored to archive.example, no=4711, to=<a@b.example>, new=1"],
}


def problems(*changes: dict[str, object]) -> list[str]:
    """What is said of GOOD with these changes; None takes a key away."""
    tables = [{k: v for k, v in {**GOOD, **each}.items() if v is not None} for each in changes]
    with pytest.raises(SiteShapesError) as caught:
        site_registry(tables, "mailtracer.toml")
    return list(caught.value.problems)


def both(table: dict[str, object], *bodies: str) -> list[tuple[str, dict[str, object]]]:
    """Events and fields of bodies of the table's first daemon, read alike by both matchers."""
    shapes, _ = site_registry([table], "mailtracer.toml")
    (daemon, *_rest) = table["daemons"]  # type: ignore[misc]
    found = []
    for body, row in zip(bodies, parse_lines(bodies, shapes, program=daemon), strict=True):
        event, fields = shapes.match(daemon, body)
        queue_id = {"queue_id": row["queue_id"]} if row["queue_id"] else {}
        assert (row["event"], {**row["fields"], **queue_id}) == (event, fields)  # type: ignore[dict-item]
        found.append((event, fields))
    return found


def test_fields_of_its_own_are_typed_and_no_pair_can_forge_them() -> None:
    ((event, fields), (_, forged), (_, bare)) = both(
        GOOD,
        "9BB5B162711: mirrored to a.example by bob, no=4711, to=<a@b.example>, new=1",
        "9BB5B162711: mirrored to a.example, ticket=1, clerk=x, clerk=y, new=2",
        "9BB5B162711: mirrored to a.example",
    )
    assert event == "site.mail_mirrored"
    assert fields == {
        "queue_id": "9BB5B162711",
        "relay_host": "a.example",
        "recipient": "a@b.example",
        "extra": {"new": "1", "ticket": 4711, "clerk": "bob"},
    }
    assert forged["extra"] == {"new": "2"}
    assert "extra" not in bare


def test_a_run_without_known_pairs_keeps_them_all() -> None:
    table = {**GOOD, "template": "mirrored{*}", "pairs": {}, "samples": ["mirrored, a=1"]}
    ((_, fields),) = both(table, "mirrored, a=1, b=<2, 3>")
    assert fields == {"extra": {"a": "1", "b": "<2, 3>"}}


def test_built_in_shapes_come_first_and_those_that_catch_all_last() -> None:
    greedy = "{queue_id}: removed{detail:rest}"
    removed = {**GOOD, "daemons": ["postfix/qmgr"], "template": greedy, "pairs": {}, "fields": {}}
    samples = ["9BB5B162711: removed too"]
    ((event, _), (own, _)) = both(
        {**removed, "samples": samples}, "9BB5B162711: removed", "9BB5B162711: removed too"
    )
    assert (event, own) == ("postfix.message_removed", "site.mail_mirrored")
    for daemon, line in {
        "dovecot": "imap: Error: our plugin is sad: {detail:rest}",
        "postfix/smtpd": "warning: our table is sad: {detail:rest}",
        "postfix/*": "warning: our table is sad: {detail:rest}",
    }.items():
        body = line.replace("{detail:rest}", "very")
        table = {**removed, "daemons": [daemon], "template": line, "samples": [body]}
        program = daemon.replace("*", "smtpd")
        shapes, remarks = site_registry([table], "mailtracer.toml")
        assert shapes.match(program, body)[0] == "site.mail_mirrored"
        assert registry().match(program, body)[0].endswith("_logged")
        assert remarks == []


def test_a_name_like_those_that_catch_all_changes_nothing() -> None:
    body = "imap: Error: our plugin is sad: very"
    table = {"event": "site.error_logged", "daemons": ["dovecot"], "samples": [body]}
    shapes, _ = site_registry([{**table, "template": body}], "mailtracer.toml")
    assert shapes.match("dovecot", body)[0] == "site.error_logged"


def test_what_is_known_without_it_is_remarked_upon() -> None:
    table = {**GOOD, "daemons": ["postfix-out/qmgr"], "template": "{queue_id}: removed"}
    table |= {"pairs": {}, "fields": {}, "samples": ["9BB5B162711: removed"]}
    _, remarks = site_registry([table], "mailtracer.toml")
    assert len(remarks) == 1
    assert "postfix.message_removed" in remarks[0]


def test_no_built_in_event_is_in_a_sites_namespace() -> None:
    assert not [s.event for s in registry().shapes if s.event.startswith(SITE)]


@pytest.mark.parametrize(
    ("template", "column", "why"),
    [
        ("ok {recipeint}", 4, "did you mean recipient?"),
        ("ok {recipient:adress}", 4, "did you mean address?"),
        ("ok {size_bytes:word}", 4, "BIGINT"),
        ("ok {size_bytes:=1|2}", 4, "no text"),
        ("ok {recipient} {recipient}", 16, "read twice"),
        ("ok {client} {client_port}", 13, "read twice"),
        ("ok [{recipient}", 16, "has no ]"),
        ("ok ]", 4, "closes nothing"),
        ("ok {Recipient}", 4, "no such {...}"),
        ("ok [a {b c}]", 7, "no such {...}"),
        ("ok \\", 4, "backslash"),
        ("[" * 400 + "ok" + "]" * 400, 1, "too many ["),
        ("ok\nthen", 3, "no line holds"),
        ("ok" * LONGEST_TEMPLATE, LONGEST_TEMPLATE + 1, "at most"),
        ("{detail:rest}", 1, "nearly any line"),
        ("{:word} {detail:rest}", 1, "nearly any line"),
        ("[ok]{detail:rest}", 1, "nearly any line"),
    ],
)
def test_errors_of_templates_point_at_the_column(template: str, column: int, why: str) -> None:
    (problem,) = problems({"template": template, "pairs": {}, "fields": {}})
    assert "[[shape]] 1 (site.mail_mirrored)" in problem
    assert why in problem
    assert f"(column {column})" in problem
    text, mark = problem.split("\n")[1:]
    assert mark.strip() == "^"
    pointed_at = text[mark.index("^") :]
    assert (
        pointed_at
        == "".join(c if c.isprintable() else "\ufffd" for c in template)[
            column - 1 : column - 1 + len(pointed_at)
        ]
    )


def test_pairs_are_checked_as_templates_are() -> None:
    (problem,) = problems({"pairs": {"no": "{tickte}"}})
    assert "did you mean ticket? (column 1)" in problem
    (problem,) = problems({"pairs": {"no": "{ticket}", "n": "{ticket}"}})
    assert "ticket is read twice" in problem
    (problem,) = problems({"pairs": {"a": "x{*}"}})
    assert "{*} stands for no value (column 2)" in problem
    assert "no key" in problems({"pairs": {"a(b": "{ticket}"}})[0]
    (problem,) = problems({"template": "ok", "samples": ["ok"]})
    assert "no template has the {*}" in problem


@pytest.mark.parametrize(
    ("sample", "why", "marks"),
    [
        ("9BB5B162711: mirored to a.example", "column 17", [20, 14]),
        ("Nov 24 03:37:01 mx mirrord[1]: 9BB5B162711: mirrored to x", "header", []),
        ("9BB5B162711: mirrored to a.example\n", "more than a line", []),
    ],
)
def test_a_sample_that_does_not_fit_is_shown_where_it_differs(
    sample: str, why: str, marks: list[int]
) -> None:
    (problem,) = problems({"samples": [sample]})
    assert "sample 1" in problem
    assert why in problem
    if marks:
        assert [n.index("^") for n in problem.split("\n") if n.strip() == "^"] == marks


def test_each_template_needs_a_sample() -> None:
    templates = ["kept {detail:rest}", "lost {detail:rest}"]
    change = {"template": None, "templates": templates, "pairs": {}, "samples": ["kept x"]}
    (problem,) = problems(change)
    assert "no sample" in problem
    assert "lost {detail:rest}" in problem


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"event": "postfix.delivery_attempted"}, "event"),
        ({"event": "site.Big"}, "event"),
        ({"event": 3}, "event"),
        ({"event": None}, "event"),
        ({"daemons": "mirrord"}, "daemons"),
        ({"daemons": []}, "daemons"),
        ({"daemons": ["mirror d"]}, "daemons"),
        ({"daemons": [""]}, "daemons"),
        ({"template": None}, "template"),
        ({"templates": ["x"]}, "template"),
        ({"template": ["x"]}, "templates"),
        ({"samples": None}, "samples"),
        ({"samples": [1]}, "samples"),
        ({"pairs": {"no": 1}}, "pairs"),
        ({"fields": ["ticket"]}, "fields"),
        ({"fields": {"ticket": "int", "clerk": "wrod"}}, "did you mean word?"),
        ({"fields": {"ticket": "int", "clerk": "word", "recipient": "word"}}, "already"),
        ({"fields": {"ticket": "int", "clerk": "word", "A-b": "word"}}, "no name"),
        ({"deamons": ["x"]}, "did you mean daemons?"),
    ],
)
def test_a_wrong_key_or_value_is_named(change: dict[str, object], why: str) -> None:
    (problem,) = problems(change)
    assert why in problem


def test_all_problems_are_told_at_once() -> None:
    found = problems({"event": "x"}, {}, {}, {"template": "{a", "pairs": {}})
    assert [each.partition(":")[0] for each in found] == [
        "[[shape]] 1 (x)",
        "[[shape]] 3 (site.mail_mirrored)",
        "[[shape]] 4 (site.mail_mirrored)",
    ]


def test_a_shape_that_hides_another_is_named() -> None:
    (problem,) = problems({}, {"event": "site.other_noted"})
    assert problem.startswith("[[shape]] 2 (site.other_noted)")
    assert "site.mail_mirrored" in problem
