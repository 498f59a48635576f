"""Two models, one question: which layer differs, and why."""
