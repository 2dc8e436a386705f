"""The second step of signing in: asked of who has one, unless the identity provider asserts that it asked for one."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest


class SecondStep(AuthenticateStage):  # type: ignore[misc]  # allauth has no type information
    """allauth's stage, left out where the sign-in carries the provider's assertion."""

    def _should_handle(self, request: HttpRequest) -> bool:
        told = self.login.signal_kwargs or {}
        return not told.get("second_step") and bool(super()._should_handle(request))
