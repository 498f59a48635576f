"""Random everyday networks, the reference against an oracle: what a verdict is worth on questions that nobody here chose.

    seed -> plan (plan.py, options.py) -> shapes (geometry.py) -> arrays (arrays.py) -> Case

A network is a pure function of its seed. `shard.py` asks the oracle a shard of them, `store.py` keeps the answers, one row
an array, `run.py` goes through the shards on this machine and `cluster.py` on others; a finding is reduced (`reduce.py`), and
`arbiter.py` says which side is off. `detection.py` measures beside it how small an error is still noticed.
"""
