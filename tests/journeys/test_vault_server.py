"""Both sides at work where a server wraps the study keys: sent on, rotated meanwhile, told of when sealed."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dicom_bytes import el, slice_of
from support.running import running
from support.system import STUDIES, system
from support.vault_server import serving

SENT = {slug: STUDIES[slug] for slug in ("spare", "rough")}


@pytest.mark.peers("dcmtk")
@pytest.mark.timeout(600)
def test_scans_are_sent_on_by_keys_that_a_server_wraps(tmp_path: Path) -> None:
    home, token = tmp_path / "home", tmp_path / "token"
    with serving() as server:
        token.write_text(server.token)
        variables = {"ISOCENTRE_VAULT": server.url, "ISOCENTRE_VAULT_TOKEN_FILE": str(token)}
        with system(home, **variables) as both:
            for n, (slug, called) in enumerate(SENT.items(), 1):
                (path := tmp_path / f"{slug}.dcm").write_bytes(slice_of(t00080018=el(0x00080018, "UI", f"1.2.3.{n}")))
                assert both.storescu([path], called).returncode == 0
                assert both.settled(slug, 1) == {"sent_on": 1, "received": 1}
            keys = sorted((home / "gateway/vault").glob("*.key"))
            assert len(keys) >= len(SENT)
            assert {path.read_bytes()[:9] for path in keys} == {b"vault:v1:"}
            assert not (home / "gateway/master.key").exists()
            rotated = both.it.command("master-key", "rotate")
            assert (rotated.returncode, f"wraps {len(keys)} study keys" in rotated.stdout) == (0, True), rotated.stderr
            assert {path.read_bytes()[:9] for path in keys} == {b"vault:v2:"}
            assert "vault of study keys: it wraps and opens keys" in both.it.command("doctor").stdout
        server.sealed = True
        with running(home, **variables) as it:
            assert "is sealed: its keepers unseal it" in it.command("doctor").stdout
            assert "scans are held: the vault is sealed" in (home / "up.out").read_text()
            assert server.token not in (home / "up.out").read_text()
