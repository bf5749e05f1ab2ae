"""The rules: one module per resource. Transactions start and end here; errors are raised here.

Functions take the `Database` first, then messages or plain values, and return messages of the
contract. They know nothing of HTTP.
"""
