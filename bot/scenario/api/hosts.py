"""Where files may be fetched from and sent to. Pure."""

from dataclasses import dataclass
from typing import Final

from yarl import URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The hosts of one kind of link. A link that none of the three lets through is not followed."""

    names: frozenset[str] = frozenset()
    """Exactly these, in lower case, over https on its own port."""
    domains: tuple[str, ...] = ()
    """These and everything below them, in lower case, over https on its own port."""
    origins: tuple[URL, ...] = ()
    """Exactly these origins, whatever their scheme and port: where the API itself lives."""

    def allow(self, url: URL) -> bool:
        """Whether `url` may be followed. Never with a user's name or password in it."""
        if not url.absolute or url.raw_user is not None or url.raw_password is not None:
            return False
        if any(url.origin() == origin.origin() for origin in self.origins):
            return True
        if url.scheme != "https" or url.port != 443:
            return False
        host = (url.raw_host or "").lower()
        below = any(host == domain or host.endswith(f".{domain}") for domain in self.domains)
        return below or host in self.names


SCENARIO: Final = ("scenario.com",)
STORAGE: Final = ("amazonaws.com",)


def of_files(base: URL) -> Hosts:
    """Where Scenario's files lie: `scenario.com` and below, and the API's own origin."""
    return Hosts(domains=SCENARIO, origins=(base,))


def of_parts(base: URL) -> Hosts:
    """Where the parts of an upload may go: also to S3, which signs links for a PUT. Which host does is not
    documented; what a member handed in is sent nowhere but where Scenario says, over https."""
    return Hosts(domains=SCENARIO + STORAGE, origins=(base,))
