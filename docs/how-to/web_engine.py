"""An engine that asks a web service for translations."""

import json
from urllib.request import Request, urlopen

from sphinx_amts.engines.base import Engine, Limits
from sphinx_amts.errors import EngineUnavailable


class WebEngine(Engine):
    """Sends texts as JSON and gets JSON back."""

    name = "web"
    limits = Limits(max_bytes=5_000, max_segments=50, timeout_s=60)

    def __init__(self, *, url, model="small"):
        self.url = url
        self.model = model

    def signature(self, pair):
        """Return what can change a translation."""
        return f"{self.name}:{self.model}"

    def translate(self, sources, pair):
        """Translate texts: as many answers, in the same order."""
        question = {
            "model": self.model,
            "source": pair.source,  # such as "en"
            "target": pair.target,  # such as "zh-CN"
            "texts": list(sources),
        }
        request = Request(
            self.url,
            data=json.dumps(question).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urlopen(request) as answer:
                return json.load(answer)["texts"]
        except OSError as error:
            raise EngineUnavailable(f"{self.url}: {error}") from error
