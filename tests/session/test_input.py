"""Cells that ask for input, and who answers."""

import asyncio

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKING = [
    "input()",
    "input('42')",
    "input('{\"a\": 1}')",
    "import getpass; getpass.getpass()",
    "import sys; sys.stdin.readline(); raise EOFError('no input')",
]


@pytest.mark.parametrize("code", ASKING)
async def test_input_that_nobody_answers_is_an_error_at_once(session, code):
    result = await session.run(f"print('before')\n{code}")
    assert result.status == "error"
    assert result.error.name in {"StdinNotImplementedError", "EOFError"}
    assert "input" in result.error.value
    assert result.stdout == "before\n"
    assert (await session.run("1")).value == 1


class Person:
    """Answers, and remembers what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, prompt, is_password):
        self.asked.append((prompt, is_password))
        return self.answers.pop(0)


async def test_a_function_answers(open_session):
    person = Person("Ann", "é😀\n", "")
    session = await open_session(on_input=person)
    result = await session.run("[input('name? '), input('text? '), input()]")
    assert result.value == ["Ann", "é😀\n", ""]
    assert person.asked == [("name? ", False), ("text? ", False), ("", False)]


async def test_the_very_first_cell_may_ask(open_session):
    sessions = await asyncio.gather(*(open_session(on_input=Person("x")) for _ in range(4)))
    results = await asyncio.gather(*(session.run("input()") for session in sessions))
    assert [result.value for result in results] == ["x"] * 4


async def test_a_coroutine_function_answers(open_session):
    async def answer(prompt, is_password):
        await asyncio.sleep(0)
        return f"{prompt}{is_password}"

    session = await open_session(on_input=answer)
    assert (await session.run("input('a'), input('b')")).value == ("aFalse", "bFalse")


async def test_passwords_are_asked_for_as_such_and_not_shown(open_session, end_of):
    person = Person("s3cret")
    session = await open_session(on_input=person)
    result = await session.run("import getpass; len(getpass.getpass('Password: '))")
    assert result.value == 6
    assert person.asked == [("Password: ", True)]
    assert "s3cret" not in str(end_of(session, result).body)


async def test_an_end_of_file_may_be_the_answer(open_session):
    session = await open_session(on_input=Person("\x04"))
    assert (await session.run("input()")).error.name == "EOFError"


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _prompt, _password: 1 / 0, ZeroDivisionError),
        (lambda _prompt, _password: 42, TypeError),
        (lambda _prompt, _password: asyncio.sleep(0, 42), TypeError),
    ],
    ids=["raises", "no text", "no text later"],
)
async def test_what_the_answering_function_does_wrong_is_raised_and_the_session_goes_on(
    open_session, answer, error
):
    session = await open_session(on_input=answer)
    await session.run("kept = 1")
    for _ in range(2):
        with pytest.raises(error):
            await session.run("input()")
    result = await session.run("kept")
    assert (result.value, result.state_lost) == (1, False)


@pytest.mark.usefixtures("patient")
async def test_an_answer_that_comes_too_late_is_not_given_to_the_next_question(open_session, until):
    questions = {}

    async def answer(prompt, _is_password):
        questions[prompt] = asyncio.get_running_loop().create_future()
        return await questions[prompt]

    session = await open_session(on_input=answer)
    first = await session.run("input('first')", timeout=0.3)
    assert first.status == "timeout"
    assert questions["first"].cancelled()  # whoever was asked can be told

    second = asyncio.ensure_future(session.run("input('second')"))
    await until(lambda: "second" in questions)
    questions["second"].set_result("answer to the second")
    assert (await second).value == "answer to the second"


async def test_a_question_that_was_interrupted_may_be_asked_again(open_session, until):
    questions = []

    async def answer(_prompt, _is_password):
        questions.append(asyncio.get_running_loop().create_future())
        return await questions[-1]

    session = await open_session(on_input=answer)
    cell = asyncio.ensure_future(
        session.run("try:\n    input()\nexcept KeyboardInterrupt: pass\ninput()")
    )
    await until(lambda: len(questions) == 1)
    session.interrupt()
    await until(lambda: len(questions) == 2)
    assert questions[0].cancelled()
    questions[1].set_result("second try")
    assert (await cell).value == "second try"


@pytest.mark.usefixtures("patient")
async def test_closing_while_a_question_waits_ends_the_cell(open_session, until):
    asked = asyncio.Event()

    async def answer(_prompt, _is_password):
        asked.set()
        await asyncio.Event().wait()

    session = await open_session(on_input=answer)
    cell = asyncio.ensure_future(session.run("input()"))
    await asked.wait()
    await session.close()
    assert (await cell).status == "interrupted"
