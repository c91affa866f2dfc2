"""/workflow run: a workflow, with a form made of its own inputs."""

from discord import app_commands
from discord.ext import commands

from bot.catalogue.tasks import Task
from bot.ui.commands.params import complete_model
from bot.ui.forms.flow import open_form
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.speech.translation import word


class Workflow(
    commands.GroupCog, group_name=word("name.workflow"), group_description=word("workflow.description")
):
    """The same door for workflows: they are read as models."""

    @app_commands.command(name=word("name.run"), description=word("workflow.run"))
    @app_commands.rename(
        workflow=word("name.workflow"), private=word("name.private"), spoiler=word("name.spoiler")
    )
    @app_commands.describe(
        workflow=word("workflow.workflow"), private=word("generate.private"), spoiler=word("generate.spoiler")
    )
    @app_commands.autocomplete(workflow=complete_model(Task.WORKFLOW))
    async def run(
        self,
        interaction: AnyInteraction,
        workflow: app_commands.Range[str, 1, 100],
        private: bool = False,
        spoiler: bool = False,
    ) -> None:
        await open_form(interaction, workflow, private=private, spoiler=spoiler)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Workflow())
