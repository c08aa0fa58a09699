"""One settings file; the environment supplies differences and secrets.

`CORPID_MODE` is `production` unless it says `sandbox`. Every secret must be given: a missing
one stops the start. `make run` and the tests make the sandbox's own (corpid/embedded/).
"""

import sys
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from corpid.api.forwarded import read_networks
from corpid.operations.logs import logging_settings

django_stubs_ext.monkeypatch()

env = environ.Env()
ROOT = Path(__file__).resolve().parent.parent

MODE = env.str("CORPID_MODE", default="production")
if MODE not in {"production", "sandbox"}:
    raise ImproperlyConfigured("CORPID_MODE is production or sandbox.")
SANDBOX = MODE == "sandbox"

# -- Secrets and places ------------------------------------------------------------------------

SECRET_KEY = env.str("SECRET_KEY")
KEY_ENCRYPTION_KEY = env.str("KEY_ENCRYPTION_KEY")  # 32 bytes, base64url
PREVIOUS_KEY_ENCRYPTION_KEYS = env.list("PREVIOUS_KEY_ENCRYPTION_KEYS", default=[])
# A PKCS #11 token that keeps keys: the module's path, or nothing (then the database does).
PKCS11_MODULE = env.str("PKCS11_MODULE", default="")
PKCS11_TOKEN_LABEL = env.str("PKCS11_TOKEN_LABEL") if PKCS11_MODULE else ""
# Error reports leave out settings with TOKEN in their name, and know nothing of PINs.
PKCS11_TOKEN_PIN = env.str("PKCS11_TOKEN_PIN") if PKCS11_MODULE else ""
if PKCS11_MODULE and not (PKCS11_TOKEN_LABEL and PKCS11_TOKEN_PIN):
    raise ImproperlyConfigured("PKCS11_MODULE needs PKCS11_TOKEN_LABEL and PKCS11_TOKEN_PIN.")
PKCS11_PURPOSES = env.list("PKCS11_PURPOSES", default=[])  # none named: all
CERTIFICATE_KEY_ALGORITHM = env.str("CERTIFICATE_KEY_ALGORITHM", default="ES256")
if CERTIFICATE_KEY_ALGORITHM not in {"ES256", "RS256"}:
    raise ImproperlyConfigured("CERTIFICATE_KEY_ALGORITHM is ES256 or RS256.")
_identifier_key = env.str("IDENTIFIER_HMAC_KEY")  # 32 bytes, base64url
IDENTIFIER_HMAC_KEY = urlsafe_b64decode(_identifier_key + "=" * (-len(_identifier_key) % 4))
# How long verifiers may keep our key sets; a new key signs after twice that.
JWKS_CACHE_SECONDS = env.int("JWKS_CACHE_SECONDS", default=300)
STATE_DIR = Path(env.str("CORPID_VAR", default=str(ROOT / "var"))).resolve()

# Where the processes of this machine count, and who may read it at /metrics: nobody by default.
METRICS_DIR = Path(env.str("METRICS_DIR", default=str(STATE_DIR / "metrics")))
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
if 0 < len(METRICS_TOKEN) < 32:  # noqa: PLR2004  so long that guesses need no counting
    raise ImproperlyConfigured("METRICS_TOKEN has 32 characters at least.")

BASE_URL = env.str("BASE_URL").rstrip("/")
BASE_HOST = urlsplit(BASE_URL).netloc
IS_HTTPS = BASE_URL.startswith("https://")
if not SANDBOX and not IS_HTTPS:
    raise ImproperlyConfigured("BASE_URL must be an https:// address in production.")
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "", *env.list("ALLOWED_HOSTS", default=[])]
# Asked for /healthz; else redirected to BASE_URL or refused by CanonicalHostMiddleware.
ALLOWED_HOSTS += ["127.0.0.1", "[::1]", "localhost"]

# -- Applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "corpid.caseworkers.CaseworkersConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "corpid.keys",
    "corpid.audit",
    "corpid.files",
    "corpid.restores",
    "corpid.jobs",
    "corpid.one_time",
    "corpid.api",
    "corpid.notices",
    "corpid.status",
    "corpid.operations",
    "authentication",
    "signatures",
    "credentials",
    "prefill",
    "corpid.portal",
]
if SANDBOX:
    INSTALLED_APPS.append("corpid.demonstration")

# Sessions, messages, CSRF and language belong to pages; machine routes go past them
# (corpid/api/middleware.py says which routes those are).
MIDDLEWARE = [
    "corpid.operations.middleware.CountingMiddleware",
    "corpid.operations.middleware.DrainingMiddleware",
    "corpid.api.middleware.TraceMiddleware",
    "corpid.api.middleware.ForwardedMiddleware",
    "corpid.api.middleware.CanonicalHostMiddleware",
    "corpid.machine_routes.MachineRoutesMiddleware",  # what follows is for pages
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "authentication.web.session_limits.SessionLimitsMiddleware",
    "authentication.web.acting.ActingMiddleware",
    "authentication.web.drawn_for.DrawnForMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "corpid.api.middleware.PlainAddressMiddleware",
    "corpid.api.middleware.NoStoreMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "authentication.web.pending_sign_ins.PendingSignInsMiddleware",
    "corpid.failures.FailurePageMiddleware",
]

ROOT_URLCONF = "corpid.urls"
WSGI_APPLICATION = "corpid.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "corpid.portal.web.frame.frame",
                "corpid.portal.web.outage_bands.outage_bands",
            ],
        },
    }
]

# -- Store -------------------------------------------------------------------------------------

# The application's role may not change tables and may only INSERT into audit. Migrations run
# with DATABASE_URL set to the owner's (MIGRATION_DATABASE_URL for those who start them).
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL"),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        # Behind PgBouncer a cursor of the server's ends with its transaction, or is somebody
        # else's (docs/production.md). So `.iterator()` reads its whole answer first: page by
        # key what grows without end. verify_log opens its own cursors, inside its transaction.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
APPLICATION_DATABASE_ROLE = env.str("APPLICATION_DATABASE_ROLE", default="corpid_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL"),
    }
}
# The audit log's name for its verifiers, and a folder that is best on a disk of another owner.
AUDIT_ORIGIN = env.str(
    "AUDIT_ORIGIN", default="corpid.sandbox/audit" if SANDBOX else f"{BASE_HOST}/audit"
)
AUDIT_CHECKPOINT_DIR = Path(
    env.str("AUDIT_CHECKPOINT_DIR", default=str(STATE_DIR / "checkpoints"))
)
# Further places for checkpoints (corpid/audit/outside/configured.py), separated by commas.
AUDIT_CHECKPOINT_PLACES = env.list("AUDIT_CHECKPOINT_PLACES", default=[])
# Witnesses that cosign them: `<url>#<verifier key, or absolute path of a file with it>`.
WITNESS_URL = env.str("WITNESS_URL", default="")  # the sandbox's own
AUDIT_WITNESSES = env.list(
    "AUDIT_WITNESSES",
    default=[f"{WITNESS_URL}#{STATE_DIR}/witness/witness.pub"] if WITNESS_URL else [],
)
# Documents lie in this folder; or in a bucket, and then they pass through it
# (corpid/files/configured_storage.py says how a bucket is written).
FILES_DIR = Path(env.str("FILES_DIR", default=str(STATE_DIR / "files")))
FILES_STORE = env.str("FILES_STORE", default="")

CELERY_BROKER_URL = env.str("BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True  # results are rows in PostgreSQL
CELERY_TASK_ACKS_LATE = False  # the sweep brings work back; a second delivery changes nothing
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# By default Celery closes the database's connection before and after each task, and a job waits
# for a new one longer than for all the rest. What has gone bad is noticed in corpid/celery.py.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # A request that can't wake a worker goes on without: by default it would wait for 7 s.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "socket_connect_timeout": 1,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "jobs.sweep": {"task": "corpid.jobs.sweep", "schedule": 1.0},
    "files.sweep": {"task": "corpid.files.sweep", "schedule": 3600.0},
    "jobs.purge": {"task": "corpid.jobs.purge", "schedule": 600.0},
    "api.purge_answers": {"task": "corpid.api.purge_answers", "schedule": 600.0},
    "status.refresh": {"task": "corpid.status.refresh", "schedule": 30.0},
    "audit.seal": {"task": "corpid.audit.seal", "schedule": 1.0},
    "audit.publish": {"task": "corpid.audit.publish", "schedule": 5.0},
    "audit.make_months": {"task": "corpid.audit.make_months", "schedule": 3600.0},
    "notices.forget": {"task": "corpid.notices.forget", "schedule": 600.0},
    "authentication.forget": {"task": "authentication.forget", "schedule": 300.0},
    "authentication.tell": {"task": "authentication.tell", "schedule": 20.0},
    "credentials.land_held": {"task": "credentials.land_held", "schedule": 10.0},
    "credentials.forget": {"task": "credentials.forget", "schedule": 600.0},
    "prefill.remind": {"task": "prefill.remind", "schedule": 60.0},
    "prefill.end_requests": {"task": "prefill.end_requests", "schedule": 20.0},
    "operations.rotate_keys": {"task": "corpid.operations.rotate_keys", "schedule": 30.0},
    "operations.lapse_rekeyings": {
        "task": "corpid.operations.lapse_rekeyings",
        "schedule": 60.0,
    },
    "operations.recheck": {"task": "corpid.operations.recheck", "schedule": 60.0},
    "signatures.expire": {"task": "signatures.expire", "schedule": 20.0},
    "signatures.forget": {"task": "signatures.forget", "schedule": 60.0},
}

# -- People ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "authentication.Account"
PASSWORD_HASHERS = ["authentication.password_hashing.OwaspArgon2Hasher"]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "/sign-in"
# A code counts one step of 30 s before and after now, and no further: following a clock that
# drifts would widen that window, and lose who submits late and then early.
OTP_TOTP_SYNC = False
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=1).total_seconds())  # idle; absolute: 24 h
SESSION_SAVE_EVERY_REQUEST = False
CSRF_FAILURE_VIEW = "corpid.failures.csrf_failure"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# -- Languages and time ------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hant", "繁體中文"), ("zh-hans", "简体中文")]
FORMAT_MODULE_PATH = "corpid.formats"
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Hong_Kong"  # what pages show; the database holds UTC

# -- Answers -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if SANDBOX
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = SANDBOX
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_TEMP_DIR = env.str("FILE_UPLOAD_TEMP_DIR", default=None)
MAX_PDF_BYTES = env.int("MAX_PDF_BYTES", default=50 * 1024 * 1024)
COMPANY_FILES_BYTES = env.int("COMPANY_FILES_BYTES", default=5 * 1024 * 1024 * 1024)
# What e-services asked to be signed, as long as nobody has signed it: of each e-service.
E_SERVICE_FILES_BYTES = env.int("E_SERVICE_FILES_BYTES", default=5 * 1024 * 1024 * 1024)
# In each web process, which has 32 threads: the others are for others.
COMPANY_UPLOADS_AT_ONCE = env.int("COMPANY_UPLOADS_AT_ONCE", default=8)
CERTIFICATION_AUTHORITY_NAME = env.str("CERTIFICATION_AUTHORITY_NAME", default="Corp ID")
# Recognised certification authorities (Cap. 553) are listed by the Commissioner; ours is not
# one, and only plays one in the sandbox, so that journeys with departments work.
OWN_CERTIFICATES_ARE_RECOGNISED = SANDBOX
FILES_RESERVE_BYTES = env.int("FILES_RESERVE_BYTES", default=200 * 1024 * 1024)  # left free

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
    r"^servez$",
    r"^metrics$",
]  # asked beside the proxy that ends TLS
SECURE_HSTS_SECONDS = 63072000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
# Whose X-Forwarded-For and X-Forwarded-Proto are believed; everybody else's are dropped.
try:
    TRUSTED_PROXIES = read_networks(env.list("TRUSTED_PROXIES", default=[]))
except ValueError as fault:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES names networks: {fault}.") from fault
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# How long of each minute one housekeeping process looks again at what was signed and issued.
RECHECK_SECONDS_A_MINUTE = env.int("RECHECK_SECONDS_A_MINUTE", default=15)
if not 1 <= RECHECK_SECONDS_A_MINUTE <= 50:  # noqa: PLR2004  the next minute's must find its turn
    raise ImproperlyConfigured("RECHECK_SECONDS_A_MINUTE is 1 to 50.")

# What one caller may ask of machine routes, all web servers together.
CALLS_A_MINUTE_OF_A_CLIENT = env.int("CALLS_A_MINUTE_OF_A_CLIENT", default=12_000)
CALLS_A_MINUTE_OF_AN_ADDRESS = env.int("CALLS_A_MINUTE_OF_AN_ADDRESS", default=1_200)
READS_A_MINUTE_OF_AN_ADDRESS = env.int("READS_A_MINUTE_OF_AN_ADDRESS", default=12_000)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "authentication.api.access_tokens.AccessTokenAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["corpid.api.permissions.CallerHasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["corpid.api.throttles.CallsThrottle"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "corpid.api.negotiation.OneFormat",
    "DEFAULT_RENDERER_CLASSES": ["corpid.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["corpid.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "corpid.problems.answer_exception",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Corp ID API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["corpid.portal.openapi.only_rest"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "corpid.portal.openapi.tell_problems_and_scopes",
    ],
}

# -- Outside parties ---------------------------------------------------------------------------

if SANDBOX and not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "corpid.demonstration.mail.CatchingBackend"
else:
    EMAIL_CONFIG = env.email_url("EMAIL_URL")
    vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds that a worker waits for each answer of the mail server
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Corp ID <no-reply@corpid.example>")
# To one person: what goes beyond it is named in the next e-mail. It is more than a day's work
# of one company brings, and less than buries the one that matters.
MAILS_PER_HOUR = env.int("MAILS_PER_HOUR", default=12)
MAILS_PER_DAY = env.int("MAILS_PER_DAY", default=40)
SECURITY_MAILS_PER_HOUR = env.int("SECURITY_MAILS_PER_HOUR", default=20)
if min(MAILS_PER_HOUR, MAILS_PER_DAY, SECURITY_MAILS_PER_HOUR) < 1:
    raise ImproperlyConfigured("MAILS_PER_HOUR, MAILS_PER_DAY and their like are 1 or more.")
# A notice outlives a year, so that last year's is there when a yearly form comes again; what
# was e-mailed where is only asked for while somebody may still miss it.
NOTICES_KEPT = timedelta(days=env.int("NOTICES_KEPT_DAYS", default=400))
NOTICE_MAILS_KEPT = timedelta(days=env.int("NOTICE_MAILS_KEPT_DAYS", default=90))
if min(NOTICES_KEPT, NOTICE_MAILS_KEPT) < timedelta(days=7):
    raise ImproperlyConfigured("NOTICES_KEPT_DAYS and NOTICE_MAILS_KEPT_DAYS are 7 or more.")
# Register endpoints by id: no address from outside is ever dereferenced.
REGISTERS_URL = env.str("REGISTERS_URL", default="").rstrip("/")
_UNDER_REGISTERS_URL = {
    "companies_registry": "/cr",
    "companies_registry_officers": "/cr-officers",
    "business_registration": "/ird/business-registration",
}
REGISTERS = {
    register: env.str(
        f"REGISTER_{register.upper()}_URL", default=REGISTERS_URL and REGISTERS_URL + path
    )
    for register, path in _UNDER_REGISTERS_URL.items()
}
REGISTERS_TOKEN = env.str("REGISTERS_TOKEN", default="sandbox-registers" if SANDBOX else "")

# Addresses of the demonstration e-services, where they run.
EXAMPLES = {
    "department": env.str("DEPARTMENT_URL", default=""),
    "bank": env.str("BANK_URL", default=""),
}

LOGGING = logging_settings(level=env.str("LOG_LEVEL", default="INFO"))
