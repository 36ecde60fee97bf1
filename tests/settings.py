"""The house's settings as the tests ask for them: DEBUG on, for this process and for programs it starts."""

import os

os.environ.setdefault("DEBUG", "1")

from config.settings import *  # noqa: F403

PUBLIC_PAGES_KEPT_SECONDS = 0  # a test sees at once what it published
