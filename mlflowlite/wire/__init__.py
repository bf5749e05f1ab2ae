"""The wire: JSON to messages and back, HTTP requests and responses (`wire.md`)."""
