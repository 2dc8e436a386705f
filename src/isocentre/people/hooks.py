"""What `people` tells the pages that span rooms."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, NavItem, Tally
from isocentre.people.models import Gateway, Token, User


def navigation(actor: Actor) -> list[NavItem]:
    """People, tokens and gateways, for those who may."""
    items = []
    if actor.may("people_manage"):
        items.append(NavItem("People", reverse("people"), 70, "p"))
    if actor.may("tokens_own") or actor.may("tokens_manage"):
        items.append(NavItem("Tokens", reverse("tokens"), 80, "k"))
    if actor.may("gateway_manage") and "platform" in settings.ZONES:
        items.append(NavItem("Gateways", reverse("gateways"), 75, "w"))
    return items


def tallies(actor: Actor) -> list[Tally]:
    """People and tokens ever made: neither is deleted."""
    found = []
    if actor.may("people_manage"):
        found.append(Tally("people.people", User.objects.count(), "person added", "people added", reverse("people")))
    if actor.may("tokens_manage"):
        found.append(Tally("people.tokens", Token.objects.count(), "token made", "tokens made", reverse("tokens")))
    return found


def figures(actor: Actor) -> list[Figure]:
    """How many people may sign in, and how many tokens and gateways are in use."""
    found = []
    if actor.may("people_manage"):
        active = User.objects.filter(is_active=True).count()
        found.append(Figure(f"{active:,}", "People who may sign in", reverse("people")))
    if actor.may("tokens_manage"):
        in_use = Token.objects.filter(revoked_at=None).count()
        found.append(Figure(f"{in_use:,}", "Tokens not revoked", reverse("tokens")))
    if actor.may("gateway_manage") and "platform" in settings.ZONES:
        joined = Gateway.objects.filter(revoked_at=None).exclude(public_key="").count()
        found.append(Figure(f"{joined:,}", "Gateways joined", reverse("gateways")))
    return found
