"""Addresses of `people`, under /accounts/: sign-in, second step, profile, people, tokens, gateways."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import path

from isocentre.people import (
    demo,
    first_views,
    gateway_views,
    people_views,
    profile_views,
    provider_views,
    token_views,
    welcome,
)
from isocentre.people.guard import needs

signed_in = needs()  # allauth asks that itself; with the guard it stands in the matrix of who may open what

urlpatterns: list[Any] = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", signed_in(account.password_change), name="account_change_password"),
    path("password/forgotten/", welcome.forgotten, name="account_reset_password"),
    path("provider/", provider_views.begin, name="provider_begin"),
    path("provider/again/", signed_in(provider_views.again), name="provider_again"),
    path("provider/callback/", provider_views.callback, name="provider_callback"),
    path("welcome/<str:uidb64>/<str:token>/", welcome.welcome, name="welcome"),
    path("first/<str:code>/", first_views.first_administrator, name="first_administrator"),
    path("2fa/", signed_in(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", signed_in(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", signed_in(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("role/", profile_views.role, name="acting_role"),
    path("profile/", profile_views.profile, name="profile"),
    path("profile/edit/", profile_views.edit, name="profile_edit"),
    path("profile/sign-out-everywhere/", profile_views.sign_out_everywhere, name="profile_sign_out_everywhere"),
    path("people/", people_views.people, name="people"),
    path("people/add/", people_views.add, name="person_add"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/edit/", people_views.edit, name="person_edit"),
    path("people/<int:pk>/role/", people_views.give_role, name="person_give_role"),
    path("people/<int:pk>/role/<int:assignment>/end/", people_views.take_role, name="person_take_role"),
    path("people/<int:pk>/act/<str:act>/", people_views.act, name="person_act"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/make/", token_views.make, name="token_make"),
    path("tokens/<int:pk>/", token_views.token, name="token"),
    path("tokens/<int:pk>/revoke/", token_views.revoke, name="token_revoke"),
]
if "platform" in settings.ZONES:
    urlpatterns += [
        path("selection/leave/", profile_views.leave_selection, name="selection_leave"),
        path("gateways/", gateway_views.gateways, name="gateways"),
        path("gateways/invite/", gateway_views.invite, name="gateway_invite"),
        path("gateways/<str:name>/", gateway_views.gateway, name="gateway"),
        path("gateways/<str:name>/revoke/", gateway_views.revoke, name="gateway_revoke"),
    ]
if settings.DEMO:
    urlpatterns.append(path("demo/", demo.sign_in, name="demo_sign_in"))
