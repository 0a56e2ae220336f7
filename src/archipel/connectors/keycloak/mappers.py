# SPDX-License-Identifier: AGPL-3.0-or-later
"""What tokens tell an application: whose account it is, their roles there, their groups."""

from __future__ import annotations

from typing import Any

from archipel.connectors.keycloak.client import AdminClient

# The attribute of an account that says whose it is: the person's public id in Archipel.
MARK = "archipel_id"
OURS = "archipel "
GROUPS = "archipel groups"
_EVERYWHERE = {"id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true"}


def _mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": {**_EVERYWHERE, **config}}


def whose_account() -> dict[str, Any]:
    """For Archipel itself: the claim by which it knows the person again."""
    config = {"user.attribute": MARK, "claim.name": MARK, "jsonType.label": "String"}
    return _mapper("archipel account", "oidc-usermodel-attribute-mapper", **config)


def same_subject() -> dict[str, Any]:
    """The same ``sub`` as Archipel's own provider gives: an application keeps its accounts when the host changes."""
    config = {"user.attribute": MARK, "claim.name": "sub", "jsonType.label": "String"}
    return _mapper("archipel subject", "oidc-usermodel-attribute-mapper", **config)


def pairwise_subject(salt: str) -> dict[str, Any]:
    return _mapper("archipel subject", "oidc-sha256-pairwise-sub-mapper", pairwiseSubAlgorithmSalt=salt)


def roles_of(client_id: str) -> dict[str, Any]:
    config = {"claim.name": "roles", "multivalued": "true", "jsonType.label": "String"}
    return _mapper(
        "archipel roles",
        "oidc-usermodel-client-role-mapper",
        **{"usermodel.clientRoleMapping.clientId": client_id},
        **config,
    )


def groups_of_person() -> dict[str, Any]:
    config = {"claim.name": "groups", "full.path": "false", "multivalued": "true"}
    return _mapper(GROUPS, "oidc-group-membership-mapper", **config)


def put_mappers(api: AdminClient, client_uuid: str, wanted: list[dict[str, Any]]) -> None:
    """Ensure our mappers of a client; those that others made stay."""
    path = f"/clients/{client_uuid}/protocol-mappers/models"
    present = {one["name"]: one for one in api.get(path)}
    named = {one["name"] for one in wanted}
    for name, found in present.items():
        if name.startswith(OURS) and name not in named:
            api.send("DELETE", f"{path}/{found['id']}", absent_is_fine=True)
    for mapper in wanted:
        found = present.get(mapper["name"])
        if found and found["protocolMapper"] != mapper["protocolMapper"]:
            api.send("DELETE", f"{path}/{found['id']}", absent_is_fine=True)
            found = None
        if found is None:
            api.send("POST", path, json=mapper)
        elif not mapper["config"].items() <= found["config"].items():
            api.send("PUT", f"{path}/{found['id']}", json={**found, **mapper})
