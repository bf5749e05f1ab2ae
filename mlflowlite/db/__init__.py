"""The database room: connections and transactions, the tables' models, migrations.

Only `mlflowlite.store` and `mlflowlite.search` come here.
"""

from mlflowlite.db.engine import BulkInsert, Database, Row, connect, reads, writes

__all__ = ["BulkInsert", "Database", "Row", "connect", "reads", "writes"]
