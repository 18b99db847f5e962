"""Run by alembic: the revisions, in the transaction of the connection that `Database` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
