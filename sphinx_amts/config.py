"""Every setting, once: name, default, what it may be, and what it means.

`Settings` is read by Sphinx (as ``amts_<name>``), by the command line and by the
reference page of the documentation, all three as loops over `fields`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sphinx_amts import addresses
from sphinx_amts.addresses import is_url
from sphinx_amts.errors import SettingError
from sphinx_amts.text.languages import Language

PREFIX = "amts_"

MAX_NAME = 256
"""Characters of a resource's name; this and `_NAME` are Amazon Translate's."""
_NAME = re.compile("([A-Za-z0-9-]_?)+")
_ROLE = re.compile(r"arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.{1,1988}")
_FOLDER = re.compile(r"[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*")
TERM_FILES = (".csv", ".tsv", ".tab", ".tmx")
"""Suffixes of files of terms; no name of a terminology has a point in it."""
NAME_FILES = (".txt",)
"""Suffixes of lists of names."""
PRICES = (("amazon", 15.0), ("amazon-batch", 15.0), ("amazon-batch-custom", 60.0))
"""US dollars for a million characters, without free tier and tax, as of November 2026:
https://aws.amazon.com/translate/pricing/"""

Reader = Callable[[Any], Any]
"""Turns what a user wrote (text, on a command line) into the setting's value; raises
`ValueError` with what is expected."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text")
    return value


def _optional(read: Reader) -> Reader:
    def reader(value: Any) -> Any:
        return None if value is None or value == "" else read(value)

    return reader


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(
        isinstance(each, str) for each in value
    ):
        raise ValueError("a list of text")
    return tuple(value)


def _suggestion(value: Any) -> str:
    """Read the template of an address."""
    text = _text(value)
    if not addresses.is_suggestion(text):
        names = ", ".join(f"{{{name}}}" for name in addresses.FIELDS)
        raise ValueError(
            f"an address of at most {addresses.MAX_TEMPLATE} characters that starts"
            f" with https://, http:// or mailto:, with any of {names} once, behind the"
            " name of the server"
        )
    return text


def _languages(value: Any) -> dict[str, str | None]:
    """Read the editions of a site: languages, and where each is if that was said."""
    if not isinstance(value, Mapping):
        # An empty option of a command line is a list with an empty text.
        return dict.fromkeys(map(_language, filter(None, _texts(value))))
    places = {}
    for code, place in _options(value).items():
        if not isinstance(place, str) or ".." in place.split("/"):
            raise ValueError("a dictionary of languages and folders or addresses")
        bare = place.rstrip("/") if is_url(place) else place.strip("/.")
        places[_language(code)] = f"{bare}/" if bare else ""
    if len(set(map(is_url, places.values()))) > 1:
        raise ValueError("either folders for all languages or addresses for all")
    return dict(places)


def _options(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError("a dictionary with names as keys")
    return dict(value)


def _engine_options(value: Any) -> dict[str, Any]:
    """Read options; raises `SettingError` where an address holds a secret.

    Builders keep settings in files, so a secret may not be in any. No message shows it.
    """
    try:
        options = _options(value)
    except ValueError as error:
        raise SettingError(f"{PREFIX}engine_options should be {error}") from None
    for name, text in options.items():
        if isinstance(text, str) and addresses.has_secret(text):
            raise SettingError(
                f"{PREFIX}engine_options: {name!r} is an address with a user, a"
                " password or a key in it, which would be kept with the book. Put it"
                " into an environment variable; the engine 'openai' reads AMTS_LLM_URL."
            )
    return options


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in (0, 1, "0", "1"):
        return value in (1, "1")
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError("True or False")


def _number(value: Any, unit: str = "") -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0
    if isinstance(value, bool) or not 0 < number < float("inf"):
        raise ValueError(f"a number{unit} above 0")
    return number


def _seconds(value: Any) -> float:
    return _number(value, " of seconds")


def _count(value: Any) -> int:
    number = _number(value, " of characters")
    if number != int(number):
        raise ValueError("a whole number of characters above 0")
    return int(number)


def _least(value: Any) -> int:
    is_none = value in (0, "0") and not isinstance(value, bool)
    return 0 if is_none else _count(value)


def _prices(value: Any) -> dict[str, float]:
    try:
        return {name: float(price) for name, price in _options(value).items()}
    except (TypeError, ValueError) as error:
        raise ValueError("a dictionary of names and prices") from error


def _parallel_data(value: Any) -> str:
    text = _text(value)
    check_name(text)
    return text


def _folder(value: Any) -> str:
    text = _text(value).strip("/")
    # Amazon Translate writes a folder of this name and fails where one comes in.
    if not _FOLDER.fullmatch(text) or "details" in text.split("/"):
        raise ValueError("a folder of letters, digits and hyphens, not named 'details'")
    return text


def _memory_files(value: Any) -> tuple[str, ...]:
    names = _texts(value)
    for name in names:
        if "://" not in name:
            continue
        _refuse_secret("memory_files", name, "Fetch that file before the build.")
        if not addresses.may_be_fetched(name):
            raise ValueError("a list of paths, and of addresses that begin with https")
    return names


def _refuse_secret(setting: str, address: str, do: str) -> None:
    """Raise `SettingError` where an address holds a secret; no message shows it."""
    if addresses.has_secret(address):
        raise SettingError(
            f"{PREFIX}{setting}: an address has a user, a password or a key in it,"
            f" which would be kept with the book. {do}"
        )


def _shared_memory(value: Any) -> str:
    text = _text(value)
    do = "Credentials come from the AWS configuration."
    _refuse_secret("shared_memory", text, do)
    if not addresses.SHARED_MEMORY.fullmatch(text):
        raise ValueError("like 'dynamodb://TABLE?region=eu-west-1'")
    return text


def _terminology(value: Any) -> str:
    text = _text(value)
    files = TERM_FILES + NAME_FILES
    if not text.lower().endswith(files):
        try:
            check_name(text)
        except ValueError as error:
            raise ValueError(f"a file in {', '.join(files)}, or {error}") from None
    return text


def check_name(text: str) -> None:
    """Check a name in Amazon Translate; raises `ValueError` with what is expected."""
    if len(text) > MAX_NAME or not _NAME.fullmatch(text):
        raise ValueError(
            f"a name of at most {MAX_NAME} letters, digits, hyphens and underscores"
        )


def _role(value: Any) -> str:
    text = _text(value)
    if not _ROLE.fullmatch(text):
        raise ValueError("like 'arn:aws:iam::111122223333:role/translate'")
    return text


def _language(value: Any) -> str:
    text = _text(value)
    Language.parse(text)
    return text


def _one_of(*choices: str) -> Reader:
    def reader(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(repr(choice) for choice in choices))
        return str(value)

    return reader


def _setting(default: Any, read: Reader, kind: str, help_: str) -> Any:
    return dataclasses.field(
        default=default, metadata={"read": read, "kind": kind, "help": help_}
    )


@dataclass(frozen=True)
class Settings:
    """All settings of one build, checked."""

    source_language: str = _setting(
        "en",
        _language,
        "language code",
        "The language that the book is written in. A build in this language is not "
        "touched.",
    )
    engine: str = _setting(
        "local",
        _text,
        "name",
        "What translates the text that neither people nor the store have: a registered "
        "name, or `module:Class` for an engine of your own.",
    )
    engine_options: dict[str, Any] = _setting(
        (),
        _engine_options,
        "dictionary",
        "Options of the engine, each by its name.",
    )
    memory_files: tuple[str, ...] = _setting(
        (),
        _memory_files,
        "list of paths and addresses",
        "Translations that come before any engine: TMX, CSV or TSV files, relative to "
        "`conf.py`, or with an `https://` address. Where two know the same text, "
        "people's wins over a machine's, then the later file's.",
    )
    reuse: str = _setting(
        "sentence",
        _one_of("sentence", "paragraph"),
        "`sentence` or `paragraph`",
        "How far people's translations are used: for each sentence that they know, or "
        "for whole paragraphs only. What they do not know goes to the engine.",
    )
    cache_dir: str = _setting(
        ".amts",
        _text,
        "path",
        "The folder of the local store, relative to `conf.py`. All languages share it.",
    )
    shared_memory: str | None = _setting(
        None,
        _optional(_shared_memory),
        "address",
        "A table of Amazon DynamoDB in which all runners of a book find what one of "
        "them has had translated, such as `dynamodb://TABLE?region=eu-west-1`. Without "
        "a region, that of `amts_aws_region` is taken.",
    )
    local_model_dir: str | None = _setting(
        None,
        _optional(_text),
        "path",
        "A folder with Firefox Translations models for the `local` engine, relative to "
        "`conf.py`. Without it, an installed model package is used, then a download.",
    )
    on_missing: str = _setting(
        "source",
        _one_of("source", "error"),
        "`source` or `error`",
        "What to do with text that has no translation: keep the source text and warn, "
        "or make the build fail.",
    )
    exclude: tuple[str, ...] = _setting(
        (),
        _texts,
        "list of patterns",
        "Documents that stay in the source language: names without suffix, with `*` "
        "and `?` as in file names.",
    )
    texts: tuple[str, ...] = _setting(
        (),
        _texts,
        "list of names",
        "Further settings of `conf.py` whose texts readers see, such as `copyright` or "
        "`html_theme_options.footer`: with a point before each key of a dictionary. "
        "Titles, an announcement, the formats of labels of figures and equations, and "
        "the titles of manuals are translated anyway.",
    )
    html_notice: bool = _setting(
        True,
        _switch,
        "true or false",
        "Tell readers at the top of a page that it has machine-translated text, mark "
        "that text, and let them see the original of each paragraph.",
    )
    suggest_url: str | None = _setting(
        None,
        _optional(_suggestion),
        "address",
        "Where readers suggest a correction of a machine-translated paragraph: the "
        "address of a new issue, of a form or of a mail. `{page}`, `{source}`, "
        "`{target}` and `{language}` in it are filled in, encoded, and cut where the "
        "address becomes too long. Without it, no page has such a link; nor where "
        "`amts_html_notice` is off, nor in a book of mystmd.",
    )
    languages: dict[str, str | None] = _setting(
        (),
        _languages,
        "list of language codes, or dictionary",
        "The languages that readers can choose from on every page. The source is "
        "expected at the root of the site and each other language in a folder with "
        "the name of its code; a dictionary gives each its folder or its address.",
    )
    timeout_s: float | None = _setting(
        None,
        _optional(_seconds),
        "seconds",
        "How long to wait for the engine's next answer. Without it, the engine's own "
        "limit holds.",
    )
    max_characters: int | None = _setting(
        None,
        _optional(_count),
        "number",
        "How many characters one build may send to an engine. What is over it is left "
        "to the next build. Without it, there is no limit.",
    )
    prices: dict[str, float] = _setting(
        PRICES,
        _prices,
        "dictionary",
        "What a million characters cost, in US dollars: by engine, or by engine and "
        "language, such as `amazon:zh-CN`. An engine that is not here costs nothing.",
    )
    aws_region: str | None = _setting(
        None,
        _optional(_text),
        "name",
        "The AWS region whose Amazon Translate the `amazon` engine calls, such as "
        "`us-east-1`. Without it, `AWS_DEFAULT_REGION` or the AWS configuration says.",
    )
    aws_profile: str | None = _setting(
        None,
        _optional(_text),
        "name",
        "The profile of the AWS configuration whose credentials are used. Without it, "
        "the AWS variables or the default profile are.",
    )
    requests_per_second: float = _setting(
        10.0,
        _number,
        "number",
        "How many requests per second the `amazon` engine sends at the most. It sends "
        "fewer while the service refuses some.",
    )
    formality: str | None = _setting(
        None,
        _optional(_one_of("formal", "informal")),
        "`formal` or `informal`",
        "How the `amazon` engine addresses readers, in languages where it can choose: "
        "Dutch, French, German, Hindi, Italian, Japanese, Korean, European Portuguese "
        "and Spanish.",
    )
    terminology: str | None = _setting(
        None,
        _optional(_terminology),
        "path or name",
        "The terms that have a required translation: a CSV, TSV or TMX file relative "
        "to `conf.py`, or a `.txt` file of names that stay, one in each line. With "
        "every engine, a term that is its own translation travels as a placeholder; "
        "another is put in where the engine has not used it, and the build lists where "
        "even that did not succeed. For Amazon Translate, `sphinx-amts terminology "
        "push` brings the file there; the name of any custom terminology that is there "
        "may stand here, too.",
    )
    s3_bucket: str | None = _setting(
        None,
        _optional(_text),
        "name",
        "The S3 bucket for what Amazon Translate reads and writes as files. It has to "
        "be in the region of `amts_aws_region`.",
    )
    s3_prefix: str = _setting(
        "sphinx-amts",
        _folder,
        "folder",
        "The folder in that bucket. Each batch job has a folder of its own in it.",
    )
    role_arn: str | None = _setting(
        None,
        _optional(_role),
        "ARN",
        "The IAM role with which Amazon Translate reads and writes the bucket in "
        "`amts_s3_bucket`.",
    )
    parallel_data: str | None = _setting(
        None,
        _optional(_parallel_data),
        "name",
        "The parallel data in Amazon Translate that customise what the `amazon-batch` "
        "engine translates. Text that is translated already is not translated again "
        "until `sphinx-amts batch submit --refresh` asks for it.",
    )
    batch_wait: bool = _setting(
        True,
        _switch,
        "true or false",
        "Whether a build waits for its batch job. If not, it uses what is known, and a "
        "later build collects the rest.",
    )
    batch_min_characters: int = _setting(
        5000,
        _least,
        "number",
        "From how many characters on the `amazon-batch` engine starts a batch job. "
        "Less than that is translated in real time, without parallel data, until the "
        "next job takes it along. With 0, everything is for a job.",
    )


def fields() -> Iterator[dataclasses.Field[Any]]:
    """Yield the settings; ``metadata`` has ``read``, ``kind`` and ``help``."""
    yield from dataclasses.fields(Settings)


def default_of(field: dataclasses.Field[Any]) -> Any:
    """Return a setting's default in the form that a user would write."""
    if field.metadata["kind"] == "dictionary":
        return dict(field.default)  # type: ignore[arg-type]  # pairs, see `PRICES`
    return list(field.default) if isinstance(field.default, tuple) else field.default


def read_settings(values: Mapping[str, Any]) -> Settings:
    """Check raw values by name, with the prefix; raises `SettingError`."""
    read = {}
    for field in fields():
        value = values.get(PREFIX + field.name, default_of(field))
        try:
            read[field.name] = field.metadata["read"](value)
        except ValueError as error:
            raise SettingError(
                f"{PREFIX}{field.name} is {value!r}, but should be {error}"
            ) from error
    return Settings(**read)
