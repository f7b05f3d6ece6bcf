"""What a language model answers, read into texts by number."""

from __future__ import annotations

import json
import re


def read_answer(answer: str, count: int) -> list[str]:
    """Return the texts of an answer in the strict form; raises `ValueError`.

    The form may be fenced as code, as many models write it.

    >>> read_answer('{"1": "uno", "2": "dos"}', 2)
    ['uno', 'dos']
    """
    found = _FENCE.fullmatch(answer.strip())
    try:
        pairs = json.loads(
            found[1] if found else answer, object_pairs_hook=lambda pairs: pairs
        )
    except (ValueError, RecursionError) as error:
        raise ValueError("the answer is not in the form that was asked for") from error
    is_object = isinstance(pairs, list) and all(isinstance(p, tuple) for p in pairs)
    if not is_object or sorted(p[0] for p in pairs) != sorted(
        str(number) for number in range(1, count + 1)
    ):
        # Even one number too many may mean that they have shifted.
        raise ValueError("the answer has not the numbers that were asked for")
    texts = dict(pairs)
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("the answer holds something else than text")
    return [texts[str(number)] for number in range(1, count + 1)]


_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
