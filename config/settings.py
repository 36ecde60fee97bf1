"""Django's settings, read from the environment with defaults that run a demo on a bare machine.

Refuses to start without a secret key of its own unless DEBUG is asked for, as the demo and the tests do.
"""

import os
import sys
from datetime import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.database import databases
from config.early_words import LOCALE, language
from config.early_words import gettext as _
from custody.kernel.working_days import calendar_read

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
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
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
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.web.preferences.Preferences",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.sign_in.sessions.Sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.web.refusals.Refusals",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / room / "templates" for room in ("config", "reporting", "settlement", "custody")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "custody.web.shell.shell",
                "config.web.preferences.preferred",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "custody.templatetags.paper",
            ],
        },
    }
]
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_HANDLERS = [
    "config.web.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SESSION_ENGINE = "config.sign_in.session_store"
SESSION_COOKIE_AGE = 30 * 60  # without a page; config.sign_in.sessions ends every one with the working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}
SECURE_REFERRER_POLICY = "same-origin"
# Nothing from elsewhere and nothing inline: pages carry their scripts and styles as files of ours.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        **{key: ["'self'"] for key in ("script-src", "style-src", "img-src", "connect-src", "form-action")},
        **{key: ["'none'"] for key in ("frame-ancestors", "base-uri", "object-src")},
    }
}
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
ROOT_URLCONF = "config.urls"
# The owner of the tables is at hand for these alone; with DEBUG, for the demo and the tests too.
DATABASES = databases(
    BASE_DIR,
    owner=DEBUG or sys.argv[1:2] in (["migrate"], ["grant_roles"], ["seat_key"]),
    demonstration=DEBUG,
)
DATABASE_ROUTERS = ["config.routers.OwnerMigrates"]
AUTH_USER_MODEL = "custody.Operator"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
CSRF_FAILURE_VIEW = "config.web.refusals.stale_form"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.sign_in.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # never mounted
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # of thirty seconds: phones go a little wrong
MFA_TOTP_ISSUER = "物业服务信托"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # a passkey on http://localhost
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
_RULES = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_RULES}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_RULES}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_RULES}.CommonPasswordValidator"},
    {"NAME": f"{_RULES}.NumericPasswordValidator"},
]
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
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True
# Where payment files are handed to the bank's channel, one folder per fund.
# The columns of the city's monthly table; the house's own where none are named.
CITY_COLUMNS = Path(os.environ["CITY_COLUMNS"]) if os.environ.get("CITY_COLUMNS") else None
BANK_OUTBOX = Path(os.environ.get("BANK_OUTBOX", BASE_DIR / "var" / "outbox"))
# The log of days: the name its heads are signed under, for good, and where whoever closes it keeps the keys.
LOG_ORIGIN = os.environ.get("LOG_ORIGIN", "localhost/log")
LOG_KEYS = Path(os.environ.get("LOG_KEYS", BASE_DIR / "var" / "log-keys"))
# Whose clock stands beside ours on a day's head (RFC 3161): its address, nobody's when empty, and its root.
TIMESTAMP_AUTHORITY = os.environ.get("TIMESTAMP_AUTHORITY", "")
TIMESTAMP_ROOT = Path(os.environ.get("TIMESTAMP_ROOT", BASE_DIR / "var" / "timestamp-root.pem"))
# Where whoever issues signed packs keeps the seal.
PACK_SEAL = Path(os.environ.get("PACK_SEAL", BASE_DIR / "var" / "pack-seal"))
# Where passkeys are made: the relying party's domain and the origins of its pages (WebAuthn).
PASSKEY_RP_ID = os.environ.get("PASSKEY_RP_ID", "localhost")
PASSKEY_ORIGINS = os.environ.get("PASSKEY_ORIGINS", "http://localhost:8000").split(",")
# Which days banks work (a dated table), and when a working day's payment files are made up.
WORK_CALENDAR = calendar_read(
    Path(os.environ.get("HOLIDAYS", BASE_DIR / "config" / "holidays.toml")).read_text(encoding="utf-8")
)
CUT_OFFS = tuple(time.fromisoformat(each) for each in os.environ.get("CUT_OFFS", "11:00,16:00").split(","))
# Where owners find their pages, as boards and QR codes print it.
SITE = os.environ.get("SITE", PASSKEY_ORIGINS[0]).rstrip("/")
# For how many seconds a public page answers as it did, before anything is asked of the database.
PUBLIC_PAGES_KEPT_SECONDS = int(os.environ.get("PUBLIC_PAGES_KEPT_SECONDS", "5"))
# Whoever has a turn is told: by which courier, from which hour, of a key again after how many working days.
COURIER = os.environ.get("COURIER", "settlement.notices.mail.MailCourier")
NOTICE_HOUR = int(os.environ.get("NOTICE_HOUR", "8"))
NOTICE_KEY_DAYS = int(os.environ.get("NOTICE_KEY_DAYS", "2"))
# Mail leaves by a server; without one named, a demonstration writes its letters into a folder.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "trust@localhost")
EMAIL_FILE_PATH = os.environ.get("MAIL_FOLDER", BASE_DIR / "var" / "mail")
if DEBUG and "EMAIL_HOST" not in os.environ:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
# Message broker: empty for PostgreSQL (the same database), or amqp://… or redis://….
BROKER_URL = os.environ.get("BROKER_URL", "")
