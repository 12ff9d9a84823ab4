"""`threadbook library`: what a person does with workflows and artifacts of a storage."""

import json

import pytest

SOURCE = (
    '"""Double a number."""\nopen("executed", "w")\n\n\ndef run(n: int) -> int:\n    return 2 * n\n'
)


@pytest.fixture
def seed(threadbook):
    """Return a folder with a workflow and two files."""
    folder = threadbook.folder / "seed"
    (folder / "reports").mkdir(parents=True)
    (folder / "double.py").write_text(SOURCE)
    (folder / "prices.csv").write_text("a,b\n1,2\n")
    (folder / "reports" / "2024.md").write_text("# Report\n")
    return folder


@pytest.fixture
def filled(call, seed):
    call("library", "bootstrap", "--from", seed)


def test_bootstrap_list_show(call, threadbook, seed):
    printed = call("library", "bootstrap", "--from", seed).out
    assert printed.splitlines() == [
        "+ workflow double",
        "+ artifact prices.csv",
        "+ artifact reports/2024.md",
        "✓ 3 files copied",
    ]
    listed = json.loads(call("library", "list", "-o", "json").out)
    assert [(one["kind"], one["name"], one["version"]) for one in listed] == [
        ("workflow", "double", 1),
        ("artifact", "prices.csv", 1),
        ("artifact", "reports/2024.md", 1),
    ]
    assert "Double a number." in call("library", "list").out
    shown = call("library", "show", "double").out
    assert "signature   (*, n: int) -> int" in shown
    assert "      return 2 * n\n" in shown
    assert "text/csv" in call("library", "show", "prices.csv").out
    assert not (threadbook.folder / "executed").exists()


def test_a_dry_run_makes_no_storage_and_no_key(call, threadbook, seed):
    printed = call("library", "bootstrap", "--from", seed, "--dry-run").out
    assert printed.endswith("✓ 3 files would be copied\n")
    assert not threadbook.store.exists()
    assert not (threadbook.folder / "identity.pem").exists()


def test_pull_edit_diff_push(call, threadbook, filled):
    out = threadbook.folder / "out"
    call("library", "pull", "--to", out)
    assert (out / "workflows" / "double.py").read_text() == SOURCE
    same = call("library", "diff", threadbook.store, out).out
    assert same.splitlines() == [
        "= workflow double",
        "= artifact prices.csv",
        "= artifact reports/2024.md",
    ]
    (out / "workflows" / "double.py").write_text(SOURCE.replace("2 *", "3 *"))
    (out / "artifacts" / "prices.csv").unlink()
    (out / "artifacts" / "new.txt").write_text("new")
    different = call("library", "diff", threadbook.store, out, status=1).out
    assert different.splitlines() == [
        "~ workflow double",
        "+ artifact new.txt",
        "- artifact prices.csv",
        "= artifact reports/2024.md",
    ]
    pushed = call("library", "push", "--from", out).out
    assert pushed.splitlines()[:2] == ["~ workflow double", "+ artifact new.txt"]
    assert "double v2" in call("library", "show", "double").out
    assert "3 * n" in call("library", "show", "double").out
    assert "2 * n" in call("library", "show", "double", "--version", 1).out


def test_workspaces_on_both_sides(call, threadbook, seed, filled):
    assert call("library", "list", "--workspace", "team").out.startswith("no workflows")
    call("library", "bootstrap", "--from", seed, "--workspace", "team")
    here = threadbook.store
    call("library", "diff", here, here, "--other-workspace", "team")
    (seed / "double.py").write_text(SOURCE + "# more\n")
    call("library", "bootstrap", "--from", seed, "--workspace", "team")
    changed = call("library", "diff", here, here, "--other-workspace", "team", status=1).out
    assert "~ workflow double" in changed
    call("library", "diff", here, here, "--workspace", "team")
    assert "cannot be a workspace" in call("library", "list", "--workspace", "a b", status=2).err


def test_what_is_refused_is_named_and_the_rest_is_saved(call, seed):
    (seed / "broken.py").write_text("\ndef run(:\n")
    (seed / "a\x1b[31mb.txt").write_text("x")
    (seed / "link").symlink_to("/etc/hostname")
    printed = call("library", "bootstrap", "--from", seed, status=1).out
    assert "! workflow broken: line 2: the source does not parse" in printed
    assert "! artifact a\\x1b[31mb.txt" in printed
    assert "! artifact link: link is a link" in printed
    assert "\x1b" not in printed
    assert printed.endswith("✗ 3 files copied, 3 refused\n")


def test_what_cannot_be_used_is_said_before_anything_is_made(call, threadbook, seed):
    absent = threadbook.folder / "absent.db"
    for words in (
        ("list", "--store", absent),
        ("pull", "--from", absent, "--to", "out"),
        ("diff", absent, seed),
        ("push", "--from", seed, "--to", absent, "--dry-run"),
    ):
        assert call("library", *words, status=2).err
    assert "bootstrap" in call("library", "push", "--from", seed, status=2).err
    call("library", "bootstrap", "--from", "nowhere", "--to", absent, status=2)
    assert not absent.exists()
    assert not (threadbook.folder / "out").exists()


def test_a_name_that_is_not_there_has_neighbours(call, filled):
    assert "did you mean double?" in call("library", "show", "doubel", status=2).err
    assert "has no version 7" in call("library", "show", "double", "--version", 7, status=2).err


def test_a_folder_that_cannot_be_a_library_is_not_compared(call, threadbook, seed, filled):
    (seed / "a b").write_text("x")
    assert "'a b'" in call("library", "diff", threadbook.store, seed, status=2).err
