"""What `up` does in each zone before it serves: the gateway of this machine joins, and the demo's people are made."""

from __future__ import annotations

from isocentre.cli import zone as zones

NAME, SITES = "local", ("RNM01", "RNM02", "RNM03")


def prepare(zone: str) -> None:
    """Join the gateway of this machine to its national side; with the demo, make people and reference books."""
    zones.use(zone)
    from django.conf import settings

    from isocentre.core import gateway_token
    from isocentre.people import gateways, joining

    zones.config("wiring").wire()
    gateway_home = zones.environment("gateway").zone_home
    if zone == "platform":
        key = gateway_token.public_key(joining.own_key(gateway_home))
        gateways.ensure_local(name=NAME, site=",".join(SITES) if settings.DEMO else "LOCAL", public_key=key)
    else:
        joining.note(gateway_home, f"http://127.0.0.1:{settings.HTTP_PORT - 1}", NAME)
    if settings.DEMO:
        from isocentre.people import demo

        demo.ensure_demo_people()
        if zone == "platform":
            from isocentre.desk.demo import platform

            platform.seed()
