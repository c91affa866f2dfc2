"""What buttons and cogs reach through the client: service, catalogue, forms, and nothing else."""

from typing import Protocol, runtime_checkable

import discord

from bot.catalogue import Catalogue
from bot.forms import Forms
from bot.service.service import Service


@runtime_checkable
class Host(Protocol):
    """The client that carries the parts."""

    @property
    def service(self) -> Service:
        """What commands and buttons call."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The models."""
        ...

    @property
    def forms(self) -> Forms:
        """Forms that are being filled in."""
        ...


def host_of(interaction: discord.Interaction[discord.Client]) -> Host:
    """The parts behind an interaction. Raises TypeError for a client that is not ours."""
    client = interaction.client
    if not isinstance(client, Host):
        raise TypeError(f"{type(client).__name__} carries no service")
    return client
