"""Decisions about real calls of a real tool, taken in the panel while their cell waits."""

import json
import re

import pytest
from playwright.sync_api import expect

from threadbook.records.bodies import DecisionAnswer, ToolCall


@pytest.fixture
def files(desk):
    """Return the files that the tool may erase."""
    paths = [desk.lab.notebooks / name for name in ("one.txt", "two.txt")]
    for path in paths:
        path.write_text("here")
    yield paths
    for path in paths:
        path.unlink(missing_ok=True)


@pytest.fixture
def waiting(desk, files):
    """Return a cell that waits for a decision, and the form of that decision."""
    cell = desk.new_notebook().run("print(tools.erase(name='one.txt'))")
    expect(desk.panel.tab("Decisions")).to_contain_text("1")
    return cell, desk.panel.decision("erase")


def answers(desk):
    with desk.lab.log() as log:
        return [found.body for found in log.latest(kind=DecisionAnswer.KIND)]


def test_an_approved_call_happens_and_its_cell_goes_on(desk, waiting, files, picture):
    cell, form = waiting
    expect(form).to_contain_text("erase")
    expect(form).to_contain_text("destructive")
    expect(form.get_by_role("textbox", name="Arguments (JSON)")).to_have_value(
        re.compile('"name": "one.txt"')
    )
    notice = desk.page.get_by_role("button", name="Show decision")
    notice.hover()
    picture("decision")
    form.get_by_role("textbox", name="Reason").fill("it is a test file")
    form.get_by_role("button", name="Approve once").click()
    expect(cell).to_contain_text("erased one.txt")
    assert [path.exists() for path in files] == [False, True]
    (answer,) = answers(desk)
    assert (answer["decision"], answer["reason"]) == ("approve", "it is a test file")
    expect(desk.panel.show("Decisions")).to_contain_text("approved once")
    expect(desk.panel.show("Decisions")).to_contain_text("Nothing waits for you")
    expect(notice).to_have_count(0)
    desk.panel.show("Timeline")
    expect(desk.panel.row("erase(").first).to_contain_text("ok")


def test_a_call_is_approved_with_other_arguments(desk, waiting, files):
    cell, form = waiting
    form.get_by_role("textbox", name="Arguments (JSON)").fill(json.dumps({"name": "two.txt"}))
    form.get_by_role("button", name="Approve once").click()
    expect(cell).to_contain_text("erased two.txt")
    assert [path.exists() for path in files] == [True, False]
    with desk.lab.log() as log:
        (call,) = log.latest(kind=ToolCall.KIND)
    assert call.body["arguments"] == {"name": "two.txt"}


def test_a_denied_call_does_not_happen_and_its_cell_fails(desk, waiting, files):
    cell, form = waiting
    form.get_by_role("button", name="Deny").click()
    expect(form.get_by_role("alert")).to_contain_text("A denial needs a reason")
    form.get_by_role("textbox", name="Reason").fill("not on a Friday")
    form.get_by_role("button", name="Deny").click()
    expect(cell).to_contain_text("PolicyDenied")
    expect(cell).to_contain_text("not on a Friday")
    assert all(path.exists() for path in files)
    desk.panel.show("Timeline")
    expect(desk.panel.row("print(tools.erase")).to_contain_text("error")


def test_an_approval_for_the_session_asks_no_more(desk, waiting, files):
    cell, form = waiting
    form.get_by_role("button", name="Approve for this session").click()
    expect(cell).to_contain_text("erased one.txt")
    files[0].write_text("here again")
    again = desk.notebook.run("print('again', tools.erase(name='one.txt'))")
    expect(again).to_contain_text("again erased one.txt")
    assert not files[0].exists()
