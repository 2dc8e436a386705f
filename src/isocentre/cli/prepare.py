"""What `up` does in each zone before it serves: migrations, the gateway of this machine joins, the demo's people."""

from __future__ import annotations

from isocentre.cli import zone as zones

NAME, SITES = "local", ("RNM01", "RNM02", "RNM03")


def prepare(zone: str) -> None:
    """Join the gateway of this machine to its national side; with the demo, make people and reference books."""
    zones.use(zone)
    from django.core.management import call_command

    from isocentre.core import gateway_token
    from isocentre.people import gateways, joining

    call_command("migrate", verbosity=0, interactive=False)
    zones.config("wiring").wire()
    national, hospital = zones.environment("platform"), zones.environment("gateway")
    if zone == "platform":
        key = gateway_token.public_key(joining.own_key(hospital.zone_home))
        gateways.ensure_local(name=NAME, site=",".join(SITES) if national.demo else "LOCAL", public_key=key)
    else:
        joining.note(hospital.zone_home, f"http://127.0.0.1:{national.http_port}", NAME)
    if national.demo:
        from isocentre.people import demo

        demo.ensure_demo_people()
        if zone == "platform":
            from isocentre.desk.demo import platform

            platform.seed()
