"""A person's own pages: the acting role, the profile, signing out everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.audit import door as audit
from isocentre.core.actor import ANY
from isocentre.people import accounts, acting, places
from isocentre.people.guard import needs
from isocentre.people.models import RoleAssignment, User
from isocentre.people.roles import roles
from isocentre.people.viewing import actor_of, person_of
from isocentre.web import fields, names
from isocentre.web.formats import date


@needs()
@require_POST
def role(request: HttpRequest) -> HttpResponse:
    """Act as another of one's roles from now on, and go to its home."""
    user, wanted = person_of(request), request.POST.get("role", "")
    if wanted not in {a.role for a in acting.assignments(user)}:
        messages.error(request, "You do not hold that role today.")
        return redirect("/")
    request.session[acting.SESSION_KEY] = wanted
    request.session.pop(acting.SELECTION_KEY, None)
    by = acting.actor_for(user, wanted)
    audit.record(by=by, entries=[audit.Entry("role_chosen", "role", wanted)])
    return redirect(roles()[wanted].home)


@needs()
@require_POST
def leave_selection(request: HttpRequest) -> HttpResponse:
    """Work under the Selection no longer, but over all that the role covers."""
    left = request.session.pop(acting.SELECTION_KEY, None)
    if left is not None:
        audit.record(by=actor_of(request), entries=[audit.Entry("selection_left", "selection", left["name"])])
    return redirect("/")


@needs()
def profile(request: HttpRequest) -> HttpResponseBase:
    """Who one is here: name, roles, second step, shortcuts, sessions, own tokens."""
    user, actor = person_of(request), actor_of(request)
    step = is_mfa_enabled(user, [Authenticator.Type.TOTP])
    owed = any(roles()[a.role].mfa for a in acting.assignments(user) if a.role in roles())
    context = {
        "title": "Your profile",
        "rows": [
            ("Name", user.name),
            ("Sign-in name", user.username),
            ("Keyboard shortcuts", "On" if user.keyboard_shortcuts else "Off"),
            ("Second step of signing in", "Set up" if step else "Not set up"),
        ],
        "held": described(acting.assignments(user)),
        "password": user.has_usable_password(),
        "step": step,
        "mandatory": owed and settings.MFA_MANDATORY,
        "may_tokens": actor.may("tokens_own") or actor.may("tokens_manage"),
    }
    return render(request, "people/profile.jinja", context)


@needs()
def edit(request: HttpRequest) -> HttpResponse:
    """Change one's name and switch keyboard shortcuts."""
    user = person_of(request)

    def save(typed: dict[str, str]) -> str:
        accounts.rename(
            by=actor_of(request),
            user=user,
            name=typed["name"],
            keyboard_shortcuts=typed["keyboard_shortcuts"] == "yes",
        )
        return reverse("profile")

    form = fields.Form(
        title="Change your profile",
        fields=(
            fields.Field("name", "Name", "As people write it", width="30"),
            fields.Field(
                "keyboard_shortcuts",
                "Keyboard shortcuts",
                "Single keys like / for search; switch them off if you speak to your computer",
                kind="tick",
            ),
        ),
        values={"name": user.name, "keyboard_shortcuts": "yes" if user.keyboard_shortcuts else ""},
        save=save,
        saved="Your profile is saved.",
        back=reverse("profile"),
        back_text="Your profile",
    )
    return fields.handle(request, form)


@needs()
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of this person but this one."""
    user = person_of(request)
    accounts.end_sessions(by=actor_of(request), user=user)
    update_session_auth_hash(request, User.objects.get(pk=user.pk))
    messages.success(request, "You are signed out everywhere else.")
    return redirect("profile")


def described(held: Sequence[RoleAssignment]) -> list[str]:
    """`Study team: LUMEN at all sites, until 3 March 2026`, one an assignment."""
    studies, sites = names.research_studies(), names.sites()

    def words(one: RoleAssignment) -> str:
        role_held = roles().get(one.role)
        title = role_held.title if role_held else f"{one.role} (no longer a role)"
        where = places.over(one.research_study, one.site, studies, sites)
        return f"{title}: {where[:1].lower() + where[1:] if one.research_study == ANY else where}" + (
            f", until {date(one.ends)}" if one.ends else ""
        )

    return [words(one) for one in held]
