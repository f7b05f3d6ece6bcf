"""Language models: any endpoint with OpenAI's protocol, and Amazon Bedrock's Converse.

A request has the rules (`sphinx_amts.engines.llm.prompt`) and, as one JSON object that
is all data, the texts by number in the book's order, what stands around them, the terms
and the pairs of people's memory that go with them, and what readers see in the place of
placeholders. The answer has to be one JSON object with a text for each number.

A model may do anything: answer a question instead of translating it, refuse, follow
what the book's text tells it to, stop in the middle, be slow. So

* what does not say which text is whose counts for no text of the request;
* a text counts only if it is likely to be the translation (`doubts`); its tags are
  checked by whoever asked, as with any engine;
* what does not count goes down the ladder, and at last stays in its language;
* one call asks for as much as the model writes in a target time (`Speed`), so a request
  may be several calls.

The memory that pairs are taken from is not in the signature: it grows with each
correction, and a book must not be translated and paid for again for one line. How many
pairs are taken is in it, as are the model, the terms, the rules and what else can
change a translation. Where the model is, how often it is asked and how long an answer
may be are not.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from sphinx_amts.aws.errors import Access, Trouble
from sphinx_amts.engines.amazon.terminology import is_file, load
from sphinx_amts.engines.contract import (
    Answer,
    EngineSetup,
    Limits,
    Meter,
    Traits,
    Untranslated,
)
from sphinx_amts.engines.dispatch import Call, Dispatch, ServiceEngine
from sphinx_amts.engines.llm.address import Address, check_key
from sphinx_amts.engines.llm.advice import Advisor
from sphinx_amts.engines.llm.chat import (
    IS_CUT,
    LONGEST,
    SCHEMA,
    STREAM,
    Chat,
    OpenAIChat,
)
from sphinx_amts.engines.llm.converse import ConverseChat
from sphinx_amts.engines.llm.form import Form
from sphinx_amts.engines.llm.prompt import PROMPT, Along, Json, Prompt
from sphinx_amts.engines.llm.speed import TARGET_S, Speed
from sphinx_amts.engines.llm.wire import open_client
from sphinx_amts.errors import EngineUnavailable, SettingError
from sphinx_amts.memory.fetched import path_of
from sphinx_amts.memory.files import MemoryFiles
from sphinx_amts.memory.retrieval import Phrasebook
from sphinx_amts.memory.unit import Similar
from sphinx_amts.text.languages import LanguagePair
from sphinx_amts.text.terms import RequiredTerms

MAX_BYTES = 4000
"""Of the texts of one request. More in one answer is more to lose when it is cut."""
MAX_SEGMENTS = 20
EXAMPLES = 12  # pairs for one text, at the most
EXAMPLE_CHARACTERS = 1200
"""Of the pairs for one text, both sides counted."""
EXAMPLE_SHARE = 8  # characters of pairs for a character of the text, at the most
MAX_EXAMPLES = 8000
"""Characters of all pairs of one request: with the rules, the texts and the answer, it
then has room in a context of 8,192 tokens."""
MAX_TOKENS = 8192  # of an answer: four times what `MAX_BYTES` needs in any script
REQUESTS_PER_S = 4.0
THREADS = 4
TIMEOUT_S = 300.0
"""From one byte to the next. The first of an answer comes when the model has read the
request, and whatever the server has put before it; without a graphics card, that is
minutes."""
PATIENCE_S = 180.0
OFF = ("0", "false")  # also as a command line has it
PART_OF_LIMIT = 4
"""Into how many parts the time limit is divided, one of which an answer should take: an
endpoint without events is silent until it has all of one."""


class ModelEngine(ServiceEngine):
    """What the engines with a language model have in common."""

    def __init__(
        self,
        *,
        model: str = "",
        examples: int = EXAMPLES,
        example_characters: int = EXAMPLE_CHARACTERS,
        context: bool | str = True,
        temperature: float | None = 0.0,
        max_tokens: int | None = MAX_TOKENS,
        requests_per_second: float = REQUESTS_PER_S,
        threads: int = THREADS,
        timeout_s: float = TIMEOUT_S,
        patience_s: float | None = None,
        memory_files: Sequence[str | Path] = (),
        cache_dir: str | None = None,
        terminology: str | None = None,
        base: Path = Path(),
        processes: int = 1,
    ) -> None:
        if not model:
            raise SettingError(
                f"amts_engine_options: engine {self.name!r} needs the name of a 'model'"
            )
        # On a command line, numbers are text.
        timeout_s = positive(timeout_s)
        patience_s = positive(patience_s or max(PATIENCE_S, 3 * timeout_s))
        super().__init__(
            requests_per_second=positive(requests_per_second),
            threads=int(positive(threads)),
            patience_s=patience_s,
            read_timeout_s=timeout_s,
            processes=processes,
        )
        self._limits = Limits(
            max_bytes=MAX_BYTES,
            max_segments=MAX_SEGMENTS,
            timeout_s=patience_s + LONGEST * timeout_s,
            in_order=True,
        )
        self.speed = Speed(min(TARGET_S, timeout_s / PART_OF_LIMIT))
        self.model = str(model)
        self.advisor = Advisor(self.model)
        self.examples = int(examples)
        self.example_characters = int(example_characters)
        self.has_context = str(context).lower() not in OFF
        self.temperature = None if temperature is None else float(temperature)
        self.max_tokens = None if max_tokens is None else int(max_tokens)
        self._files = [base / path for path in memory_files]
        self._cache = None if cache_dir is None else base / cache_dir
        self._terms = (
            load(base / terminology) if terminology and is_file(terminology) else None
        )
        self._required: dict[LanguagePair, RequiredTerms] = {}
        self._memories: dict[LanguagePair, Phrasebook] = {}
        self._opening = threading.Lock()

    @classmethod
    def from_setup(cls, setup: EngineSetup) -> ModelEngine:
        """Make one from the settings; the options come before them."""
        names = ("memory_files", "cache_dir", "terminology", "timeout_s")
        settings = {name: setup.settings.get(name) for name in names}
        cache = (setup.base / str(setup.settings.get("cache_dir", ""))).absolute()
        settings["memory_files"] = [
            path_of(name, Path(), cache) for name in settings["memory_files"] or ()
        ]
        given = {name: value for name, value in settings.items() if value}
        options = {**given, **cls.settings(setup.settings), **setup.options}
        return cls(**options, base=setup.base, processes=setup.processes)

    @classmethod
    def settings(cls, settings: Mapping[str, Any]) -> Json:
        """Return what this engine takes of the settings."""
        return {}

    @property
    def traits(self) -> Traits:  # type: ignore[override]
        """What it is like."""
        return Traits(self._limits, keeps_time=True, tariff=self.name)

    def signature(self, pair: LanguagePair) -> str:
        """Return all that can change a translation; see the module."""
        terms = self._terms.of(pair) if self._terms else {}
        chosen = [self.temperature, self.has_context, self.extra(), terms]
        text = json.dumps(chosen, sort_keys=True)
        digest = sha256(text.encode()).hexdigest()[:12]
        budget = self.example_characters if self._files and self.examples else 0
        examples = f"{self.examples}/{budget}" if budget else "0"
        return f"{self.name}:{PROMPT}:{self.model}:{examples}:{digest}"

    def extra(self) -> Json:
        """Return what else may change an answer."""
        return {}

    def prepare(self, pair: LanguagePair) -> None:
        """Read the memory and get ready to call; raises `EngineUnavailable`."""
        self._memory(pair)
        self.chat().close()

    def chat(self) -> Chat:
        """Return what calls the model; raises `EngineUnavailable`."""
        raise NotImplementedError

    def _memory(self, pair: LanguagePair) -> Phrasebook:
        with self._opening:
            if pair not in self._memories:
                files = self._files if self.examples else []
                memory = MemoryFiles(files, pair, self._cache)
                memory.check()
                self._memories[pair] = Phrasebook(memory.people)
            return self._memories[pair]

    def answers(
        self, requests: Sequence[Sequence[str]], pair: LanguagePair, meter: Meter
    ) -> Iterator[Answer]:
        """Translate many requests over threads; yield each as it is answered.

        Each is cut into as many calls as the speed of the model asks for. See
        `ServiceEngine`.
        """
        chat = self.chat()
        parts = _Parts(requests)
        most = sum(map(len, requests))
        calls = self._calls(parts, pair)
        try:
            sender = _Sender(self, chat)
            for answer in Dispatch(self, sender, calls, most, meter).run():
                yield from parts.put(answer)
        except EngineUnavailable:
            self.advisor.note_end()
            yield from parts.rest()
            raise
        finally:
            chat.close()
            self.advisor.note_speed(self.speed.words_per_s)
            self.advisor.say()

    def _calls(self, parts: _Parts, pair: LanguagePair) -> Iterator[Call]:
        for request, sources in enumerate(parts.requests):
            start = 0
            while start < len(sources):
                end = start + self._fitting(sources[start:])
                number = parts.add(request, start)
                yield Call(number, Prompt(tuple(sources[start:end]), pair))
                start = end

    def _fitting(self, sources: Sequence[str]) -> int:
        """Return how many of the first texts go into one call, at least one."""
        room, room_for_pairs = self.speed.portion, MAX_EXAMPLES
        for count, source in enumerate(sources):
            room -= len(source)
            room_for_pairs -= self._budget(source)
            if count and (room < 0 or room_for_pairs < 0):
                return count
        return len(sources)

    def _budget(self, source: str) -> int:
        """Return how many characters of pairs may go along with a text."""
        if not (self._files and self.examples):
            return 0
        return min(self.example_characters, EXAMPLE_SHARE * len(source))

    def along(self, prompt: Prompt) -> Along:
        """Return the terms and pairs that go with the texts of a request.

        Of each text's pairs the most telling comes last, nearest to the texts.
        """
        memory = self._memory(prompt.pair)
        found: dict[str, Similar] = {}
        for source in prompt.sources:
            chosen = memory.choose(source, self._budget(source), self.examples)
            for example in reversed(chosen):
                found.setdefault(example.source, example)
        terms = self._wanted(prompt.sources, prompt.pair)
        return Along(terms, tuple(found.values()), self.has_context)

    def _wanted(self, sources: Sequence[str], pair: LanguagePair) -> dict[str, str]:
        """Return the terms that occur in texts, also where one begins a sentence."""
        terms = self._terms.of(pair) if self._terms else {}
        if not terms:
            return {}
        known = {term[:1].upper() + term[1:]: target for term, target in terms.items()}
        known |= terms
        required = self._required.setdefault(pair, RequiredTerms(known, pair.source))
        return {term: known[term] for each in sources for term in required.wanted(each)}


class _Parts:
    """The answers to parts of requests, until a request has all of its own."""

    def __init__(self, requests: Sequence[Sequence[str]]) -> None:
        self.requests = requests
        self._places: list[tuple[int, int]] = []  # of each call: request, first text
        self._found: dict[int, dict[int, str | Untranslated]] = {}

    def add(self, request: int, start: int) -> int:
        """Return the number of a new call, for a request's texts from one on."""
        self._places.append((request, start))
        return len(self._places) - 1

    def put(self, answer: Answer) -> Iterator[Answer]:
        """Take in a call's answer; yield the request's, if it has all."""
        request, start = self._places[answer.request]
        found = self._found.setdefault(request, {})
        found.update(enumerate(answer.targets, start))
        if len(found) == len(self.requests[request]):
            del self._found[request]
            yield Answer(request, [found[number] for number in sorted(found)])

    def rest(self) -> Iterator[Answer]:
        """Yield what came of requests that have not all of their answers."""
        for request, found in self._found.items():
            count = len(self.requests[request])
            lost = Untranslated("no answer")
            yield Answer(request, [found.get(n, lost) for n in range(count)])


@dataclass(frozen=True)
class _Sender:
    engine: ModelEngine
    chat: Chat

    def send(self, prompt: Prompt) -> str | Trouble:
        message = prompt.message(self.engine.along(prompt))
        said = self.chat.say(prompt.rules, message, prompt.schema)
        if isinstance(said, Trouble):
            return said
        if said.trouble is None:
            self.engine.speed.learn(len(prompt.text), said.seconds)
        else:
            self.engine.speed.slow_down()
        found = prompt.read(said.text)
        reasons = [each.reason for each in found if isinstance(each, Untranslated)]
        if len(reasons) < prompt.count:
            return said.text
        reason = str(said.trouble.error) if said.trouble else reasons[0]
        self.engine.advisor.note(reason, is_alone=prompt.count == 1)
        if said.trouble and reason == IS_CUT and not prompt.is_divisible:
            # Once the limit is raised it may do, so it is not refused for ever.
            return replace(said.trouble, is_broken=False)
        return said.trouble or said.text


def positive(value: float | str) -> float:
    """Read a number above 0, also as a command line has it; raises `ValueError`."""
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError(f"{value!r} is not a number above 0")
    return number


class OpenAIEngine(ModelEngine):
    """A model behind ``/chat/completions``, as most servers of models have it.

    ``url`` is the address before that; without it, the environment variable that
    ``url_variable`` names holds it. The key comes from that of ``key_variable``, and is
    nowhere else. ``body`` is added to each request.
    """

    name = "openai"

    def __init__(
        self,
        *,
        url: str = "",
        url_variable: str = "AMTS_LLM_URL",
        key_variable: str = "AMTS_LLM_KEY",
        body: Mapping[str, Any] | None = None,
        stream: str = "auto",
        schema: str = "auto",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.form = Form({STREAM: stream, SCHEMA: schema})
        self.schema = schema
        self._url = url
        self.url_variable = url_variable
        self.key_variable = key_variable
        self.body = dict(body or {})
        if url:
            try:
                Address.parse(url)
            except ValueError:
                raise SettingError(
                    "amts_engine_options: engine 'openai' needs a 'url', such as"
                    " 'http://127.0.0.1:8080/v1'"
                ) from None

    def extra(self) -> Json:
        """Return what is added to the requests, and the form of answers."""
        return {"body": self.body, "schema": self.schema}

    def chat(self) -> OpenAIChat:
        """Return what calls the endpoint."""
        body: Json = {"model": self.model}
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        return OpenAIChat(
            open_client(self.threads, self.read_timeout_s),
            self._address(),
            {**body, **self.body},
            self.key_variable,
            self.read_timeout_s,
            self.form,
        )

    def _address(self) -> Address:
        key = check_key(os.environ.get(self.key_variable, ""), self.key_variable)
        try:
            return Address.parse(
                self._url or os.environ.get(self.url_variable, ""), key
            )
        except ValueError:
            raise EngineUnavailable(
                "it needs an address: 'url' in amts_engine_options, or the environment"
                f" variable {self.url_variable}, such as 'http://127.0.0.1:8080/v1'."
            ) from None


class BedrockEngine(ModelEngine):
    """A model of Amazon Bedrock, by its operation Converse."""

    name = "bedrock"

    def __init__(
        self, *, region: str | None = None, profile: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.access = Access(region, profile)

    @classmethod
    def settings(cls, settings: Mapping[str, Any]) -> Json:
        """Return the settings of AWS."""
        found = {name: settings.get(f"aws_{name}") for name in ("region", "profile")}
        return {name: value for name, value in found.items() if value is not None}

    def chat(self) -> ConverseChat:
        """Return what calls Bedrock: one client in each process."""
        client = self.client("bedrock-runtime", self.access)
        inference: Json = {}
        if self.temperature is not None:
            inference["temperature"] = self.temperature
        if self.max_tokens is not None:
            inference["maxTokens"] = self.max_tokens
        return ConverseChat(client, self.model, inference, self.access.profile)
