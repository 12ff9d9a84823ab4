"""The error tree: the one in the docstring of errors.py is the one that is raised."""

import inspect
import re

import pytest

from threadbook import errors
from threadbook.errors import ThreadbookError

CLASSES = {
    name: cls
    for name, cls in inspect.getmembers(errors, inspect.isclass)
    if cls.__module__ == errors.__name__
}


def documented_tree():
    """Return the parent of each error, as the drawing in the docstring has it."""
    parents, path = {}, []
    for line in errors.__doc__.splitlines():
        drawn = re.fullmatch(r"([│├└─ ]*)([A-Z]\w+)( .*)?", line)
        if drawn and (drawn[1] or drawn[2] == "ThreadbookError"):
            depth = len(drawn[1]) // 4
            path[depth:] = [drawn[2]]
            parents[drawn[2]] = path[depth - 1] if depth else None
    return parents


def test_the_tree_in_the_docstring_is_that_of_the_classes():
    bases = {
        name: cls.__bases__[0].__name__ if cls is not ThreadbookError else None
        for name, cls in CLASSES.items()
    }
    assert documented_tree() == bases


@pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
def test_every_error_is_documented_and_shows_message_and_remedy(cls):
    assert cls.__doc__
    error = cls("what was wrong", remedy="what to do")
    assert isinstance(error, ThreadbookError)
    assert (error.message, error.remedy) == ("what was wrong", "what to do")
    assert str(error) == "what was wrong (what to do)"
    assert str(cls("x")) == (f"x ({cls.remedy})" if cls.remedy else "x")


def test_what_breaks_the_grammar_is_a_value_error():
    assert {name for name, cls in CLASSES.items() if issubclass(cls, ValueError)} == {
        name
        for name, cls in CLASSES.items()
        if issubclass(cls, (errors.RecordError, errors.QueryError, errors.RequirementInvalid))
    }
