"""Questions to the store that end when nobody looks at their page any more."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

import streamlit as st

_ASK_SECONDS = 0.1
_Answer = TypeVar("_Answer")


def ask(question: Callable[[Callable[[], bool]], _Answer]) -> _Answer:
    """What a question gives; it is told, by what it can call, when it is not wanted any more.

    Streamlit ends a page that was closed, or that is drawn anew, only where the page uses
    Streamlit: so it is asked in another thread, and this one goes on using it.
    """
    unwanted = threading.Event()
    answer: Future[_Answer] = Future()

    def fulfil() -> None:
        try:
            answer.set_result(question(unwanted.is_set))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answer.set_exception(error)

    threading.Thread(target=fulfil, daemon=True).start()
    try:
        while not wait([answer], _ASK_SECONDS).done:
            _ = "any" in st.session_state  # where Streamlit may end the page
    except BaseException:
        unwanted.set()
        raise
    return answer.result()
