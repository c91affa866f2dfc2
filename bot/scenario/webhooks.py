"""The webhook endpoints of the key's own project.

Nothing here is paid for. A registration whose answer is lost is not repeated all the same: whoever asks again
finds it by its address.
"""

import contextlib
from collections.abc import Sequence

from bot.scenario.api import webhooks as protocol
from bot.scenario.api.errors import Forbidden, NotFound, Rejected, Unavailable, Unreachable
from bot.scenario.api.exchange import Request, parse_done
from bot.scenario.api.replies import Reply
from bot.scenario.api.webhooks import Webhook
from bot.scenario.transport import Transport


class Webhooks:
    """Lists, makes, mends and removes them. Every verb raises NotFound or Forbidden where the account has
    none, and Rejected or Unavailable else."""

    def __init__(self, api: Transport) -> None:
        self._api = api
        self._project: str | None = None

    async def registered(self) -> Sequence[Webhook]:
        """All of the project's, whoever made them."""
        project = await self._own_project()
        return await self._api.read(protocol.build_webhooks(project), protocol.parse_webhooks)

    async def register(self, url: str, description: str) -> Webhook:
        """One more, with its secret, by one POST. After Unavailable it may be there or not."""
        project = await self._own_project()
        reply = await self._once(protocol.build_new_webhook(project, url, description))
        return protocol.parse_webhook(reply)

    async def mend(self, webhook_id: str) -> Webhook:
        """Have ends pushed to it again."""
        project = await self._own_project()
        return protocol.parse_webhook(await self._once(protocol.build_mended_webhook(project, webhook_id)))

    async def remove(self, webhook_id: str) -> None:
        """It is gone afterwards; one that was gone before is no error."""
        project = await self._own_project()
        with contextlib.suppress(NotFound):
            parse_done(await self._once(protocol.build_no_webhook(project, webhook_id)))

    async def _once(self, request: Request) -> Reply:
        try:
            return await self._api.once(request)
        except Unreachable as error:
            raise Unavailable(error.reason) from None

    async def _own_project(self) -> str:
        """The key belongs to one project. Where it sees several, a job that it made tells which."""
        if self._project is None:
            self._project = await self._find_project()
        return self._project

    async def _find_project(self) -> str:
        projects: Sequence[str] = ()
        with contextlib.suppress(NotFound, Forbidden):
            projects = await self._api.read(protocol.build_projects(), protocol.parse_projects)
        if len(projects) == 1:
            return projects[0]
        owner: str | None = None
        with contextlib.suppress(Rejected):
            owner = await self._api.read(protocol.build_newest_job(), protocol.parse_newest_owner)
        if owner is None or (projects and owner not in projects):
            raise Unavailable("nothing says yet which project the key belongs to")
        return owner
