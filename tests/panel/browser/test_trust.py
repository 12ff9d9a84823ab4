"""A verdict given in the panel is a record, and changes what the Trust tab says."""

from playwright.sync_api import expect

from threadbook.records.bodies import VerdictAccept, VerdictReject


def test_a_verdict_on_a_cell_changes_trust(desk, story):
    written = story("Judge this", by="judged")
    good, bad = written.cell("good_work()"), written.cell("bad_work()", status="error")
    actor = written.by.actor_did
    panel = desk.panel.turn_to(written.goal)

    judge(panel, "bad_work()", "Reject", "it fails")
    standing = panel.show("Trust").get_by_role("listitem").filter(has_text=actor[-6:])
    expect(standing).to_contain_text("0 accepted, 1 rejected")
    expect(standing).to_contain_text("it fails")
    before = standing.get_by_role("strong").first.inner_text()

    panel.show("Timeline")
    judge(panel, "good_work()", "Accept", "it works")
    panel.show("Trust")
    expect(standing).to_contain_text("1 accepted, 1 rejected")
    assert float(standing.get_by_role("strong").first.inner_text()) > float(before)

    with desk.lab.log() as log:
        (accepted,) = log.latest(kind=VerdictAccept.KIND)
        (rejected,) = log.latest(kind=VerdictReject.KIND)
    assert (accepted.body["judges"], accepted.body["reason"]) == (good.id, "it works")
    assert (rejected.body["judges"], rejected.body["subject"]) == (bad.id, actor)
    assert accepted.actor == rejected.actor != actor
    assert accepted.sig is not None


def judge(panel, row, verdict, reason):
    record = panel.open(row)
    record.get_by_role("textbox", name="Reason").fill(reason)
    record.get_by_role("button", name=verdict).click()
    expect(record.get_by_text(f"{verdict.lower()}ed")).to_be_visible()
    record.get_by_role("button", name="Close").click()
