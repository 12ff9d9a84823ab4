"""Search: texts are found by their words, whatever the query."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.search import Index, words


@pytest.fixture
def index():
    index = Index({"name": 5.0, "text": 1.0})
    yield index
    index.close()


def keys(hits):
    return [hit.key for hit in hits]


def test_texts_are_found_by_words_and_beginnings(index):
    index.put(
        {
            "a": {"name": "getUserName", "text": "Return the name of a user."},
            "b": {"name": "list_files", "text": "List files in a folder."},
            "c": {"name": "sum", "text": "Add numbers; nothing about users."},
        }
    )
    assert keys(index.search("user")) == ["a", "c"]
    assert keys(index.search("USER names")) == ["a", "c"]
    assert keys(index.search("fold")) == ["b"]
    assert keys(index.search("listing of file"))[0] == "b"
    assert keys(index.search("getUserName"))[0] == "a"
    assert index.search("quantum") == []
    assert index.search("") == []
    assert index.search("?!") == []


def test_fields_have_weights(index):
    index.put({"a": {"text": "copy"}, "b": {"name": "copy"}, "c": {"text": "other"}})
    assert keys(index.search("copy")) == ["b", "a"]


def test_equal_texts_come_in_the_order_of_their_keys(index):
    index.put({key: {"text": "same words"} for key in ("c", "a", "d", "b")})
    assert keys(index.search("same")) == ["a", "b", "c", "d"]
    assert keys(index.search("same", limit=2)) == ["a", "b"]
    assert index.search("same", limit=0) == []
    assert index.search("same", limit=-1) == []


def test_texts_are_replaced_and_removed(index):
    index.put({"a": {"text": "old"}, "b": {"text": "old"}})
    index.put({"a": {"text": "new"}})
    assert keys(index.search("old")) == ["b"]
    assert keys(index.search("new")) == ["a"]
    index.remove(["b", "never there"])
    assert index.search("old") == []
    assert len(index) == 1


def test_scripts_without_spaces_are_found_by_their_characters(index):
    index.put({"a": {"text": "天気を調べる"}, "b": {"text": "ファイル"}})
    assert keys(index.search("天気")) == ["a"]
    assert keys(index.search("調べる")) == ["a"]


def test_names_are_taken_apart():
    assert words("über getHTTPServer_v2") == [
        "über", "gethttpserver", "get", "http", "server", "v2", "v", "2",
    ]  # fmt: skip
    assert words("GroßeStraße x x") == ["großestraße", "große", "straße", "x"]


@pytest.mark.parametrize(
    "query", ['"', "a OR", "NEAR(a b)", "name:x", "^a", "a*", "(", "-a", "a\0b", "\ud800", "a'b"]
)
def test_a_query_is_text_and_no_language(index, query):
    index.put({"x": {"name": "a", "text": "b near or"}})
    assert set(keys(index.search(query))) <= {"x"}


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_found_or_not(text, query):
    index = Index({"text": 1.0})
    index.put({"x": {"text": text}})
    assert set(keys(index.search(query))) <= {"x"}
    shared = {word for word in words(query) if word.isascii()} & set(words(text))
    if shared:
        assert keys(index.search(query)) == ["x"]
    index.close()


MEANING = {"cherry": (1, 0), "red": (0.9, 0.1), "banana": (0, 1), "yellow": (0.1, 0.9)}


class Colours:
    """Knows what colours and fruits are near each other."""

    def embed(self, texts):
        return [MEANING.get(text, (1, 1)) for text in texts]


def test_an_embedder_finds_what_has_no_word_in_common():
    index = Index({"text": 1.0}, embedder=Colours())
    index.put({"a": {"text": "banana"}, "b": {"text": "cherry"}})
    assert keys(index.search("red")) == ["b", "a"]
    assert keys(index.search("yellow")) == ["a", "b"]
    assert keys(index.search("cherry")) == ["b", "a"]
    index.remove(["b"])
    assert keys(index.search("red")) == ["a"]
    index.close()
