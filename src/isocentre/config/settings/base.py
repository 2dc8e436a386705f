"""Settings common to both zones; `gateway.py` and `platform.py` add the rooms of their side."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from isocentre.config import environment, provider

SUPPORT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "isocentre.web",
    "isocentre.audit",
    "isocentre.jobs",
    "isocentre.people",
    "isocentre.desk",
]
GATEWAY_ROOMS = ["isocentre.rooms.intake", "isocentre.rooms.deid"]
PLATFORM_ROOMS = [
    "isocentre.rooms.network", "isocentre.rooms.register", "isocentre.rooms.archive", "isocentre.rooms.trials",
]  # fmt: skip
ALLAUTH_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

ROOT = Path(__file__).resolve().parents[2]


def secret_key(home: Path) -> str:
    """The zone's secret key; `up` and `setup` write it (0600), a read without it is an error a person can act on."""
    try:
        return (home / "secret.key").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise RuntimeError(f"no secret key in {home}: start once with `isocentre up`, which makes it") from None


def common(env: environment.Environment) -> dict[str, Any]:
    """Every setting that does not depend on the zone's rooms."""
    reached = {**_place(env), **_reached(env), **_cookies(env)}
    return {**reached, **_passwords(), **_pages(), **_sign_in(env), **_provider(env), **_mail(env)}


def _mail(env: environment.Environment) -> dict[str, Any]:
    """E-mail: off unless a server is set. Nothing is written to the console, where a log would keep it."""
    mail = env.mail
    if mail is None:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend", "MAIL_TO": ()}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": mail.host, "EMAIL_PORT": mail.port, "EMAIL_HOST_USER": mail.user,
        "EMAIL_HOST_PASSWORD": mail.password, "EMAIL_USE_SSL": mail.tls == "tls",
        "EMAIL_USE_TLS": mail.tls == "starttls", "EMAIL_TIMEOUT": 30, "DEFAULT_FROM_EMAIL": mail.sender,
        "MAIL_TO": mail.to,
    }  # fmt: skip


def _place(env: environment.Environment) -> dict[str, Any]:
    """Where this process works, and how it is reached."""
    return {
        "ZONE": env.zone,
        "ZONES": (env.zone,),
        "HOME": env.home,
        "ZONE_HOME": env.zone_home,
        "DICOM_PORT": env.dicom_port,
        "HTTP_PORT": env.http_port,
        "BLOBS": env.blobs or str(env.zone_home / "blobs"),
        "PUBLIC_URL": env.public_url or f"http://127.0.0.1:{env.http_port}",
        "DEMO": env.demo,
        "DEBUG": False,
        "DATABASES": {"default": environment.database(env.database_url, env.zone_home / "isocentre.sqlite3")},
        "ATOMIC_REQUESTS": False,
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "AUTH_USER_MODEL": "people.User",
        "USE_TZ": True,
        "TIME_ZONE": "Europe/London",
        "LANGUAGE_CODE": "en-gb",
        "USE_I18N": True,
        "STATIC_URL": "/static/",
        "ROOT_URLCONF": f"isocentre.config.urls_{env.zone}",
        "WSGI_APPLICATION": None,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 20 * 1024 * 1024,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 5000,
        "LOGGING_CONFIG": None,
    }


def _reached(env: environment.Environment) -> dict[str, Any]:
    """How people reach this side: ISOCENTRE_PUBLIC_URL decides. What a proxy says is believed of stated ones only."""
    public = urlsplit(env.public_url)
    return {
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"] + ([_host(public.hostname)] if public.hostname else []),
        "CSRF_TRUSTED_ORIGINS": [env.public_url] if env.public_url else [],
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600 if public.scheme == "https" else 0,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if env.proxies else None,
        "PROXIES": env.proxies,
    }


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _cookies(env: environment.Environment) -> dict[str, Any]:
    """Cookies of their own for each zone, and headers."""
    return {
        "SESSION_COOKIE_NAME": f"isocentre_{env.zone}",
        "CSRF_COOKIE_NAME": f"isocentre_{env.zone}_csrf",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_AGE": 12 * 3600,
        "SESSION_COOKIE_SECURE": env.public_url.startswith("https:"),
        "CSRF_COOKIE_SECURE": env.public_url.startswith("https:"),
        "CSRF_FAILURE_VIEW": "isocentre.web.errors.csrf_failed",
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
    }


def _passwords() -> dict[str, Any]:
    """How passwords are kept and what they must be."""
    return {
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
        ],
    }


def _pages() -> dict[str, Any]:
    """Templates and middleware."""
    return {
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.jinja2.Jinja2",
                "APP_DIRS": True,
                "OPTIONS": {
                    "environment": "isocentre.web.jinja.environment",
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "isocentre.web.context.page",
                    ],
                },
            },
            {
                # allauth's own e-mail templates are Django templates; pages are Jinja.
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            },
        ],
        "MIDDLEWARE": [
            "isocentre.web.proxy.StatedProxies",
            "isocentre.web.csp.ContentSecurityPolicy",
            "django.middleware.security.SecurityMiddleware",
            "isocentre.web.static.StaticFiles",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "isocentre.people.middleware.ActingActor",
            "isocentre.web.errors.WordsForNotAllowed",
        ],
    }


def _provider(env: environment.Environment) -> dict[str, Any]:
    """The trust's own identity provider, where one is set."""
    return provider.settings(provider.read(env.zone_home))


def _sign_in(env: environment.Environment) -> dict[str, Any]:
    """Sign-in with allauth."""
    return {
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*"],
        "ACCOUNT_TEMPLATE_EXTENSION": "jinja",
        "ACCOUNT_ADAPTER": "isocentre.people.adapter.AccountAdapter",
        "ACCOUNT_EMAIL_VERIFICATION": "none",  # administrators make accounts, and hand over a sign-in link
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_SESSION_REMEMBER": False,
        "MFA_ADAPTER": "isocentre.people.adapter.SecondStepAdapter",
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,  # as above: no address is ever verified
        "MFA_MANDATORY": not env.demo,  # roles with `mfa: true`; the demo's people have no password at all
        "PASSWORD_RESET_TIMEOUT": 24 * 3600,  # a sign-in link handed over by an administrator
        # Failed sign-ins are counted across the web server's processes.
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
                "LOCATION": str(env.zone_home / "cache"),
            }
        },
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes"],
        "MFA_TOTP_ISSUER": "Isocentre",
        "MFA_TOTP_TOLERANCE": 1,  # one step of 30 s: the clocks of phones differ (RFC 6238 section 5.2)
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
    }
