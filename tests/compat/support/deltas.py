"""Delta files as a device writes them."""

import uuid


def delta(method: str = "create", **fields) -> dict:
    state = {"geometry": "Point (2600000 1200000)", "attributes": {"note": "a willow"}}
    states = {
        "create": {"new": state},
        "patch": {"old": state, "new": {"attributes": {"note": "an oak"}}},
        "delete": {"old": state},
    }
    return {
        "uuid": str(uuid.uuid4()),
        "clientId": str(uuid.uuid4()),
        "exportId": str(uuid.uuid4()),
        "method": method,
        "localPk": "1",
        "sourcePk": "" if method == "create" else "1",
        "localLayerId": "trees_1a2b",
        "localLayerName": "Trees",
        "localLayerCrs": "EPSG:2056",
        "sourceLayerId": "trees_1a2b",
        **states[method],
        **fields,
    }


def delta_file(project: str, *deltas: dict) -> dict:
    return {"version": "1.0", "id": str(uuid.uuid4()), "project": project, "deltas": list(deltas), "files": []}
