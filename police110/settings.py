"""Django's settings, wired from the environment (`police110.env`)."""

import sys
from datetime import timedelta

from police110 import databases, env, logs

CONFIG = env.read()
BASE_DIR = env.BASE
DATA = CONFIG.data
TESTING = "pytest" in sys.modules

DEBUG = False
SECRET_KEY = CONFIG.secret_key
FIELD_KEYS = CONFIG.field_keys
KEYED_HASH_KEY = CONFIG.keyed_hash_key
SANDBOX = CONFIG.sandbox
REDIS_URL = CONFIG.redis_url
SMS_GATEWAY = CONFIG.sms_gateway
# The province's class table (警情类别); None stands for the sample in the dispatch room.
CLASS_DICTIONARY = CONFIG.class_dictionary
ALLOWED_HOSTS = CONFIG.allowed_hosts
CSRF_TRUSTED_ORIGINS = CONFIG.trusted_origins
ZERO_RATED_HOSTS = CONFIG.zero_rated_hosts

INSTALLED_APPS = [
    "daphne",
    "accounts.admin_config.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_prometheus",
    "channels",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "foundation",
    "journal",
    "geo",
    "accounts",
    "tracks",
    "evidence",
    "reports",
    "dispatch",
    "guardian",
    "live",
    *(["sandbox"] if SANDBOX else []),
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "foundation.middleware.RequestLog",
    "foundation.middleware.BodyLength",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "police110.urls"
ASGI_APPLICATION = "police110.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "police110" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": databases.postgresql(CONFIG.database)
    if CONFIG.database
    else databases.sqlite(DATA / "police110.sqlite3"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [CONFIG.redis_url]}}
    if CONFIG.redis_url
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Our token model replaces knox's own, whose migrations would still make its table.
MIGRATION_MODULES = {"knox": None}
KNOX_TOKEN_MODEL = "accounts.Token"  # noqa: S105  # a model, no password
REST_KNOX = {
    "TOKEN_MODEL": "accounts.Token",
    # A citizen's token ends by revocation only; staff tokens are given their expiry where they are made.
    "TOKEN_TTL": None,
    "AUTO_REFRESH": False,
    "AUTH_HEADER_PREFIX": "Bearer",
}

# Staff sign in anew once a shift, in the console as with a token.
STAFF_SIGN_IN_LASTS = timedelta(hours=12)
SESSION_COOKIE_AGE = int(STAFF_SIGN_IN_LASTS.total_seconds())
# A one-time code serves once; in the sandbox, scripts that run side by side may share one.
TOTP_REUSE = SANDBOX
OTP_TOTP_ISSUER = "Police110"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
# accounts.backoff limits failures instead: gently at first, and never for ever.
OTP_TOTP_THROTTLE_FACTOR = 0

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["foundation.http.SafeJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["foundation.http.StrictJSONParser"],
    # ``?format=`` belongs to the endpoints (a track as GPX), not to content negotiation.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_PAGINATION_CLASS": "foundation.http.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "foundation.problem.handle",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": CONFIG.proxies,
    "COERCE_DECIMAL_TO_STRING": False,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Police110",
    "VERSION": "1.0.0",
    "DESCRIPTION": "The open backend of a provincial police emergency app.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "UserKindEnum": "accounts.models.User.Kind",
        "ReportKindEnum": "reports.models.Report.Kind",
        "ReportStateEnum": "reports.models.Report.State",
        "RecordingStateEnum": "evidence.models.Recording.State",
        "UnitKindEnum": "dispatch.models.Unit.Kind",
        "UnitStatusEnum": "dispatch.states.UnitStatus",
        "IncidentStateEnum": "dispatch.states.IncidentState",
        "OrderStateEnum": "dispatch.states.OrderState",
    },
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
# Files are served from the packages where they lie: nothing is collected, nothing is written outside DATA.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA / "media"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CONFIG.production
CSRF_COOKIE_SECURE = CONFIG.production
SECURE_SSL_REDIRECT = CONFIG.production
# Probes come from inside, without the proxy and its TLS.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31536000 if CONFIG.production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.production
SECURE_HSTS_PRELOAD = CONFIG.production
if CONFIG.production and CONFIG.proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = logs.config(CONFIG.log_format, CONFIG.log_level)
