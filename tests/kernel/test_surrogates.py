"""Text that is no Unicode, such as names of files, arrives, and is recorded as it arrived."""

import nbformat
import pytest

SAID = repr("a\ud800b\udc80c \udfff")
SEEN = "a\ufffdb\ufffdc \ufffd"


@pytest.fixture
def recorded(kernel):
    """Return what a cell shows, with what is recorded of it."""

    def run(code):
        ran = kernel.run(code)
        return ran, kernel.cell(ran)

    return run


def test_what_is_printed_arrives_and_is_recorded(recorded):
    ran, cell = recorded(f"print({SAID})")
    assert ran.text() == SEEN + "\n"
    assert ran.text("stderr") == ""
    assert cell.outputs == [{"output_type": "stream", "name": "stdout", "text": SEEN + "\n"}]


def test_what_is_displayed_arrives_and_is_recorded(recorded):
    ran, cell = recorded(f"display({{'text/html': {SAID}}}, raw=True)")
    (shown,) = ran.messages("display_data")
    assert shown["data"] == {"text/html": SEEN}
    assert [output["data"] for output in cell.outputs] == [{"text/html": SEEN}]


def test_an_error_arrives_and_is_recorded(recorded):
    ran, cell = recorded(f"raise ValueError({SAID})")
    assert ran.error == ("ValueError", SEEN)
    assert ran.content["evalue"] == SEEN
    assert cell.status == "error"
    (output,) = cell.outputs
    assert output["evalue"] == SEEN


def test_the_value_of_a_dictionary_with_such_a_key_arrives(recorded):
    ran, cell = recorded(f"display({{'application/json': {{{SAID}: 1}}}}, raw=True)")
    (shown,) = ran.messages("display_data")
    assert shown["data"] == {"application/json": {SEEN: 1}}
    assert cell.status == "ok"


def test_a_notebook_of_it_can_be_saved(recorded, tmp_path):
    _, cell = recorded(f"print({SAID})")
    outputs = nbformat.from_dict(cell.outputs)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    nbformat.write(notebook, tmp_path / "saved.ipynb")
    (saved,) = nbformat.read(tmp_path / "saved.ipynb", as_version=4).cells
    assert saved.outputs[0]["text"] == SEEN + "\n"
