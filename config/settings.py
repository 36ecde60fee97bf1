"""Django's settings, read from the environment with defaults that run a demo on a bare machine.

Refuses to start without a secret key of its own unless DEBUG is asked for, as the demo and the tests do.
"""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.database import databases
from config.early_words import LOCALE, language
from config.early_words import gettext as _

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("DEBUG") == "1"
OWNER_MAY_LOG_IN = DEBUG  # as the process was started; a test runner turns DEBUG off later
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(_("必须设置 SECRET_KEY；只在本机演示或测试时可改设 DEBUG=1"))
    SECRET_KEY = "for-a-demo-on-this-machine-only"  # noqa: S105
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_linear_migrations",  # two branches that each add a migration collide in max_migration.txt
    "config.apps.ConfigConfig",
    "custody.apps.CustodyConfig",
    "settlement.apps.SettlementConfig",
    "reporting.apps.ReportingConfig",
]
if DEBUG:  # a replay seats its own keyholders: a production house does not know the command
    INSTALLED_APPS.append("config.replay")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
ROOT_URLCONF = "config.urls"
# The owner of the tables is at hand for these alone; with DEBUG, for the demo and the tests too.
DATABASES = databases(BASE_DIR, owner=DEBUG or sys.argv[1:2] in (["migrate"], ["grant_roles"]))
DATABASE_ROUTERS = ["config.routers.OwnerMigrates"]
AUTH_USER_MODEL = "custody.Operator"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

# Chinese first; LANGUAGE_CODE=en gives the commands English. One catalogue for all apps.
LANGUAGE_CODE = language()
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [LOCALE]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

CURRENCIES = ("CNY",)
DEFAULT_CURRENCY = "CNY"

# Where every file taken in, filed or handed out is kept by its digest (custody.files.archive).
DOCUMENTS = Path(os.environ.get("DOCUMENTS", BASE_DIR / "var" / "documents"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "documents": {"BACKEND": "custody.files.storage.DocumentStorage", "OPTIONS": {"location": DOCUMENTS}},
}
# Where payment files are handed to the bank's channel, one folder per fund.
BANK_OUTBOX = Path(os.environ.get("BANK_OUTBOX", BASE_DIR / "var" / "outbox"))
# Message broker: empty for PostgreSQL (the same database), or amqp://… or redis://….
BROKER_URL = os.environ.get("BROKER_URL", "")
