"""The house's settings as the tests ask for them: DEBUG on, for this process and for programs it starts."""

import os

os.environ.setdefault("DEBUG", "1")

from config.settings import *  # noqa: F403
