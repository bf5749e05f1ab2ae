"""Sending webhooks: which URLs may be called, signatures, secrets, and the threads that deliver.

`mlflowlite.store.webhook_events` writes what is to be sent, in the transaction of the change;
`Dispatcher` sends it, in the background of every server process (`semantics.md` §13.3).
"""
