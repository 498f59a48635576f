"""Under `make mutation` the quickest tests come first, then those that kill most mutants."""

FIRST = ("test_options.py", "test_comparison.py", "test_formulas_by_hand.py", "killers.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))
