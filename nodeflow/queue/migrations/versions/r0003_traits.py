"""What tells a run from others of its graph."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("runs", sa.Column("traits", sa.JSON(none_as_null=True), nullable=True))
