"""What every test may ask for."""

pytest_plugins = [
    "tests.support.collector",
    "tests.support.crashes",
    "tests.support.fixtures",
    "tests.support.fixtures_database",
    "tests.support.fixtures_server",
    "tests.support.scheduling",
]
