"""One request to a language model of Amazon Bedrock, by its operation Converse."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sphinx_amts.aws.errors import Access, IncompleteAnswer, Trouble, trouble_of
from sphinx_amts.engines.llm.chat import CUT, ENDED, IS_CUT, Said, broken, stopped

IAM_ACTION = "bedrock:InvokeModel"
"""What an identity must be allowed for Converse."""


@dataclass(frozen=True)
class ConverseChat:
    """A model of Amazon Bedrock; implements `sphinx_amts.engines.llm.chat.Chat`."""

    client: Any = field(repr=False)
    model: str
    inference: Mapping[str, Any]
    profile: str | None

    def close(self) -> None:
        """Keep the client: it is the engine's."""

    def say(
        self, rules: str, message: str, schema: Mapping[str, Any]
    ) -> Said | Trouble:
        """Return what the model answers, or why it does not; no model takes a form."""
        began = time.monotonic()
        try:
            answer = self.client.converse(
                modelId=self.model,
                system=[{"text": rules}],
                messages=[{"role": "user", "content": [{"text": message}]}],
                inferenceConfig=dict(self.inference),
            )
            reason = answer["stopReason"]
            content = answer["output"]["message"]["content"]
            # A model may think first, in a block without text.
            text = "".join(block.get("text", "") for block in content)
        except (LookupError, TypeError, AttributeError):
            return self._trouble(IncompleteAnswer())
        except Exception as error:
            return self._trouble(error)
        seconds = time.monotonic() - began
        if reason in ENDED:
            return Said(text, seconds)
        if reason in CUT:
            return Said(text, seconds, broken(IS_CUT))
        return stopped(reason)

    def _trouble(self, error: Exception) -> Trouble:
        access = Access(self.client.meta.region_name, self.profile)
        return trouble_of(error, IAM_ACTION, access)
