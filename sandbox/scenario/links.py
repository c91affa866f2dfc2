"""Signed links that expire, as a content network hands them out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox.scenario.values import Refusal, digits

KEY_PAIR_ID = "KSANDBOX0LINKS"


class Signer:
    """Signs paths with a secret of this process, so links of an earlier run are refused."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def sign(self, path: str, expires: float) -> str:
        """The path with `Expires` (unix seconds), `Key-Pair-Id` and `Signature`."""
        whole = str(int(expires))
        query = {"Expires": whole, "Key-Pair-Id": KEY_PAIR_ID, "Signature": self._signature(path, whole)}
        return f"{path}?{urlencode(query)}"

    def check(self, path: str, query: Mapping[str, str], now: float) -> None:
        """Refusal(403) for a link that is unsigned, changed or out of date."""
        expires = query.get("Expires", "")
        right = self._signature(path, expires)
        until = digits(expires)
        if query.get("Key-Pair-Id") != KEY_PAIR_ID or until is None:
            raise Refusal(403, "MissingKey")
        if not hmac.compare_digest(right.encode(), query.get("Signature", "").encode(errors="replace")):
            raise Refusal(403, "SignatureDoesNotMatch")
        if now >= until:
            raise Refusal(403, "AccessDenied")

    def _signature(self, path: str, expires: str) -> str:
        digest = hmac.new(
            self._secret, f"{path}\n{expires}".encode(errors="replace"), hashlib.sha256
        ).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
