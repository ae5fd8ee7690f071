"""The flag that rewrites golden files, refused where CI runs."""

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite golden files with what was found"
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ["MAILTRACER_CONFIG"] = "/dev/null"  # that of whoever runs the tests is none of ours
    if config.getoption("--update-golden") and os.environ.get("CI") == "true":
        raise pytest.UsageError("--update-golden is refused in CI: golden files are reviewed first")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
