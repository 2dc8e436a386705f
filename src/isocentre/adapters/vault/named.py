"""From what ISOCENTRE_VAULT says to a vault: study keys wrapped by `master.key`, or by a HashiCorp Vault or OpenBao."""

from __future__ import annotations

import os
from pathlib import Path

from isocentre.adapters.vault.local import LocalVault
from isocentre.adapters.vault.transit import TransitVault


def elsewhere() -> bool:
    """Whether the key that wraps study keys is kept by a server, and no `master.key` is needed here."""
    return bool(os.environ.get("ISOCENTRE_VAULT"))


def opened(home: Path) -> LocalVault | TransitVault:
    """The vault of a gateway's home; ValueError, in words, for settings that cannot be."""
    url, token = os.environ.get("ISOCENTRE_VAULT", ""), os.environ.get("ISOCENTRE_VAULT_TOKEN_FILE", "")
    if not url:
        return LocalVault(home)
    if not token:
        raise ValueError("ISOCENTRE_VAULT_TOKEN_FILE must name the file with the vault's token")
    ca, namespace = os.environ.get("ISOCENTRE_VAULT_CA", ""), os.environ.get("ISOCENTRE_VAULT_NAMESPACE", "")
    return TransitVault(home, url, Path(token), ca=Path(ca) if ca else None, namespace=namespace)
