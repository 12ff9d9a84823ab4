"""What a cell may ask for: plain requirements in canonical form, and nothing else."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from threadbook.errors import RequirementInvalid
from threadbook.library.packages import Requirement
from threadbook.library.requirements import LONGEST, MOST, parse, parse_all, parse_names


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("pandas", "pandas"),
        ("Pandas", "pandas"),
        ("ruamel.yaml", "ruamel-yaml"),
        ("zope_interface", "zope-interface"),
        ("pandas==2.2.3", "pandas==2.2.3"),
        ("pandas >= 2.2, < 3", "pandas<3,>=2.2"),
        ("pandas[Excel,aws_s3]>=2", "pandas[aws-s3,excel]>=2"),
        ("pandas[]", "pandas"),
        ("a!=1.*", "a!=1.*"),
        ("a~=1.4.2", "a~=1.4.2"),
        ("a==1!2.0+local.1", "a==1!2.0+local.1"),
        ("discord.py", "discord-py"),
        ("a" * LONGEST, "a" * LONGEST),
    ],
)
def test_a_plain_requirement_has_a_canonical_form(text, canonical):
    assert str(parse(text)) == canonical


HOSTILE = [
    "",
    " ",
    " pandas",
    "-r requirements.txt",
    "--index-url=http://x.example",
    "-e .",
    "-e",
    ".",
    "./pandas",
    "../x",
    "/tmp/x",
    "~/x",
    "C:\\x",
    "x.whl",
    "pandas-2.0-py3-none-any.whl",
    "pandas-2.0.tar.gz",
    "requirements.txt",
    "pyproject.toml",
    "https://x.example/pandas.whl",
    "git+https://x.example/pandas",
    "git+ssh://git@x.example/pandas",
    "file:///tmp/pandas",
    "pandas @ https://x.example/pandas.whl",
    "pandas@2",
    "pandas; python_version > '3'",
    "pandas;rm -rf /",
    "pandas && id",
    "pandas|id",
    "pandas>`id`",
    "pandas$(id)",
    "pandas${HOME}",
    "pandas%HOME%",
    "'pandas'",
    '"pandas"',
    "pandas # comment",
    "pandas\n",
    "pandas\n--index-url=x",
    "pandas\r",
    "pandas\\\n",
    "pandas\t>=2",
    "pandas\x00",
    "pandas\x1b[31m",
    "pandas\x7f",
    "pandas\u00a0>=2",
    "pandas\u2028",
    "pandas\u200b",
    "\ufeffpandas",
    "p\u0430ndas",  # Cyrillic
    "\uff50andas",  # full width
    "pandas\uff1d\uff1d2",
    "pandas==\u0662",  # an Arabic digit
    "\u017fix",
    "\ud800",
    "pandas (>=2)",
    "pandas--upgrade",
    "pandas --upgrade",
    "pandas polars",
    "pandas,polars",
    "pandas[",
    "pandas[a",
    "pandas[a b]",
    "pandas===2",
    "pandas==",
    "pandas=2",
    "pandas>>2",
    "pandas-",
    "_pandas",
    "pandas==2.x",
    "a" * (LONGEST + 1),
    "pandas" + " " * LONGEST,
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_n86_what_is_more_than_a_requirement_is_refused(text):
    with pytest.raises(RequirementInvalid) as caught:
        parse(text)
    assert caught.value.namespace == "deps"
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("value", [None, 5, b"pandas", ["pandas"], ("a",), {"a": 1}])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(RequirementInvalid, match="not a text"):
        parse(value)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.text(max_size=300),
        st.text(alphabet="ab1.-_[],<>=!~*+ ;@/\n", max_size=30),
        st.from_regex(r"[a-zA-Z0-9]{1,6}(\[[a-z]{1,3}\])? ?([<>=!~]=? ?[0-9a-z.*+!]{1,6}){0,2}"),
    )
)
@example("a>=1,>=1")
@example("0-")
@example("A..b")
@example("a==1.0.RC1")
@example("a<2,<2.0")
def test_n86_any_text_is_canonical_after_parsing_or_is_refused(text):
    try:
        found = parse(text)
    except RequirementInvalid:
        return
    assert parse(str(found)) == found
    assert str(found).isascii()
    assert str(found).isprintable()
    assert str(found)[0].isalnum()
    assert not set(str(found)) & set(" ;@/\\:#'\"$`&|()%{}?")


def test_several_are_each_of_another_package():
    assert parse_all(["b>1", "a"]) == (Requirement("b", (), ">1"), Requirement("a"))
    with pytest.raises(RequirementInvalid, match="twice"):
        parse_all(["zope.interface", "zope_Interface>=2"])
    with pytest.raises(RequirementInvalid, match="no package"):
        parse_all([])
    with pytest.raises(RequirementInvalid, match="at most"):
        parse_all([f"a{number}" for number in range(MOST + 1)])
    with pytest.raises(RequirementInvalid, match="-e"):
        parse_all(["pandas", "-e"])


def test_what_is_removed_is_a_name():
    assert parse_names(["Zope.Interface", "a"]) == ("zope-interface", "a")
    for text in ("a>1", "a[b]"):
        with pytest.raises(RequirementInvalid, match="more than the name"):
            parse_names([text])
