"""Run by Alembic, never imported: applies the scripts on the connection that `bot.store.schema` passes.

A new script begins with
    python -c "from alembic import command; from bot.store.schema import alembic_config as c; \
        command.revision(c(), 'what changes', rev_id='0002')"
"""

from alembic import context

from bot.store.migrations.indexes import METADATA

# render_as_batch: SQLite alters a table by copying it
context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True
)
context.run_migrations()
