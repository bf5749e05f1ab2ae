"""Differential replay: one script of raw HTTP requests, two servers, one comparison.

`scripts/` holds the requests, `recorded/` what the stock server answered to them, `differences.py`
where ours answers otherwise on purpose. `tests/test_replay.py` plays the scripts against our application
and compares; `python -m compat_tests.replay.record` asks a stock server again.
"""
