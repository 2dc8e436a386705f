"""The sign-in link an administrator hands over: a person sets a first, or a new, password with it once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from isocentre.people import acting, signals
from isocentre.people.models import User


def link(user: User) -> str:
    """The path of a link that holds for 24 hours, and until a password is set or the person signs in."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("welcome", args=[key, default_token_generator.make_token(user)])


class Welcome(PasswordResetConfirmView):
    """Django's own view, which takes the secret out of the address before it shows the form."""

    template_name = "people/welcome.jinja"
    success_url = reverse_lazy("account_login")
    title = "Choose your password"

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the password, end other sessions (their hash holds the password), and say so."""
        answer = super().form_valid(form)
        signals.note(acting.actor_for(form.user), "password_set", form.user)
        messages.success(self.request, "Your password is set. Sign in with it now.")
        return answer


welcome = Welcome.as_view()


def forgotten(request: HttpRequest) -> HttpResponse:
    """What to do about a forgotten password: no mail is sent, an administrator hands over a new link."""
    return render(request, "people/forgotten.jinja", {"title": "You forgot your password"})
