"""A reviewer who never saw the product reads the panel, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from threadbook.records.bodies import DecisionRequest

PROGRAM = Path(sys.executable).parent / "threadbook"


@pytest.fixture
def demo(lab, tmp_path):
    """Run what `make demo` runs, with the store that the panel shows; return its thread."""
    environment = {**lab.environment(), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [PROGRAM, "demo", "--out", tmp_path / "penguins.ipynb"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.partition("\nthread ")[2].split()[0]


def test_a_reviewer_can_tell_what_was_done_what_failed_and_what_waits(desk, demo, lab, picture):
    goal = "How heavy are penguins, and what does it depend on?"
    question = "May the agent publish the table of body masses?"
    with lab.log() as log:
        body = DecisionRequest(question=question, options=["approve", "reject"])
        log.append(body.draft(thread=demo), by=lab.identity("agent"))
    desk.set_width(640)
    panel = desk.panel.turn_to(goal)
    panel.follow.click()
    panel.timeline.focus()
    desk.page.keyboard.press("Home")
    expect(panel.row("Close the thread with what was found")).to_be_visible()
    read = " ".join(panel.timeline.inner_text().split())
    positions = [
        read.find(words)
        for words in (
            goal,
            "Read the raw survey file",
            "What is missing, and where?",
            "Tidy: units out of the names",
            "Mean body mass by species and sex",
            "KeyError",
            "The unit went with the name",
            "Are the birds that the comments warn about any different?",
            "Heavier birds have longer flippers",
            "Close the thread with what was found",
            question,
        )
    ]
    assert -1 not in positions, read
    assert positions == sorted(positions), read
    rows = panel.rows.all_inner_texts()
    failed = [row for row in rows if "error" in row.split()]
    assert len(failed) == 1
    assert "Mean body mass by species and sex" in failed[0]
    assert "body_mass_g" in failed[0]
    assert "waiting" in panel.row(question).inner_text()
    desk.dismiss()
    picture("demo")  # before a traceback names folders of this machine
    record = panel.open("Mean body mass by species and sex")
    for words in ("KeyError", "Column not found: body_mass_g", "line 2"):
        expect(record).to_contain_text(words)
    record.get_by_role("button", name="Close").click()
    expect(panel.tab("Decisions")).to_contain_text("1")
    decisions = panel.show("Decisions")
    expect(decisions).to_contain_text("1 decision to take")
    expect(decisions).to_contain_text(question)
    decisions.get_by_role("textbox", name="Reason").fill("it was only a test")
    decisions.get_by_role("button", name="Deny").click()
    expect(decisions).to_contain_text("Nothing waits for you")
