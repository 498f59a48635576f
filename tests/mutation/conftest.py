"""Under `make mutation` the tests that kill most mutants come first."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name != "killers.py")
