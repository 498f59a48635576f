"""Pure: the error allowed, the agreement of two answers, what was measured and what has drifted."""
