"""The house's settings with one address more: a page that does nothing, to measure beside."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.addresses"
