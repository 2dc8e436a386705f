"""The page behind the link that `isocentre up` prints on a side without an administrator."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from isocentre.core.checks import Unfit
from isocentre.people import first
from isocentre.people.models import User

NEW = {"autocomplete": "new-password"}


class FirstForm(forms.Form):
    """Who the administrator is, and a password by the same rules as everybody's."""

    name = forms.CharField(max_length=200, error_messages={"required": "Enter your name"})
    username = forms.CharField(max_length=61, error_messages={"required": "Enter a sign-in name"})
    email = forms.EmailField(max_length=254, error_messages={"required": "Enter your e-mail address"})
    password1 = forms.CharField(
        widget=forms.PasswordInput(attrs=NEW), strip=False, error_messages={"required": "Enter a password"}
    )
    password2 = forms.CharField(
        widget=forms.PasswordInput(attrs=NEW), strip=False, error_messages={"required": "Enter the password again"}
    )

    def clean(self) -> dict[str, Any]:
        """Both passwords alike, and good enough for this person."""
        given = self.cleaned_data
        password = given.get("password1", "")
        if password and "password2" in given and password != given["password2"]:
            self.add_error("password2", "The two passwords differ")
        person = User(**{key: given.get(key, "") for key in ("username", "name", "email")})
        if password:
            try:
                password_validation.validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return given

    def save(self, code: str) -> bool:
        """Make the administrator; False, with the words on the form, when something is not fit to keep."""
        given = {key: self.cleaned_data[key] for key in ("name", "username", "email")}
        try:
            first.make(code=code, password=self.cleaned_data["password1"], **given)
        except Unfit as unfit:
            for field, words in unfit.errors.items():
                self.add_error(field if field in self.fields else None, words)
            return False
        return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_administrator(request: HttpRequest, code: str) -> HttpResponse:
    """Make the first administrator. A link that is used, old, wrong or not needed says so, without saying which."""
    form = FirstForm(request.POST or None)
    works = first.holds(code)
    if works and request.method == "POST" and form.is_valid() and form.save(code):
        messages.success(request, "Your account is made. Sign in with it now; then you set up your second step.")
        return redirect("account_login")
    context = {"title": "Make the first administrator", "form": form, "works": works}
    status = 400 if works and form.errors else 200 if works else 404
    return render(request, "people/first.jinja", context, status=status)
