"""What `people` tells the pages that span rooms."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import Figure, Hit, NavItem, Tally
from isocentre.people.models import Gateway, Token, User
from isocentre.web import names


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


def search(actor: Actor, text: str) -> list[Hit]:
    """For administrators: people by name or sign-in name, gateways by name."""
    words = text.strip()
    if len(words) < 2:
        return []
    hits = []
    if actor.may("people_manage"):
        found = User.objects.filter(Q(name__icontains=words) | Q(username__icontains=words))
        people = found.order_by("name", "username")[:20]
        hits += [Hit(u.get_full_name(), "Person", reverse("person", args=[u.pk]), u.username) for u in people]
    if actor.may("gateway_manage") and "platform" in settings.ZONES:
        called = names.sites()
        for one in Gateway.objects.filter(name__icontains=words).order_by("name")[:20]:
            where = "; ".join(called.get(code, code) for code in one.site.split(","))
            hits.append(Hit(one.name, "Gateway", reverse("gateway", args=[one.name]), where))
    return hits


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
