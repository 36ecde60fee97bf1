"""The house's settings with one address more: a page that does nothing, to measure beside."""

from tests.settings import *  # noqa: F403, I001

from config.settings import PUBLIC_PAGES_KEPT_SECONDS as _SECONDS

PUBLIC_PAGES_KEPT_SECONDS = _SECONDS  # as the house keeps them, not as tests do
ROOT_URLCONF = "tests.benchmarks.addresses"
