"""A service: fit once, then answer for one doctor at a time. The answer is the one that doctor gets in a batch of all."""

import numpy as np
import tierwise

territory = tierwise.simulate.territory(hcps=500, seed=1, start="2025-01-01", end="2026-06-30")
policy = tierwise.Policy.default()
population = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of="2026-06-30")
model = tierwise.Model.fit(policy, population, history=territory.history)  # immutable: share it between threads


def rows_of(table, hcp_id):
    """What a database would return for one doctor."""
    mine = np.asarray(table["hcp_id"]) == hcp_id
    return {name: np.asarray(values)[mine] for name, values in table.items()}


def answer(hcp_id):
    doctor = tierwise.profile.build(
        policy, rows_of(territory.hcps, hcp_id), rows_of(territory.interactions, hcp_id), as_of="2026-06-30"
    )
    return model.decide(
        doctor,
        consents=rows_of(territory.consents, hcp_id),
        history=rows_of(territory.history, hcp_id),
    )


print(answer("S0000002").explain("S0000002"))
