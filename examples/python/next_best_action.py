"""Tables in, next best actions with reasons out, and why the rest was dropped."""

import tierwise

territory = tierwise.simulate.territory(hcps=1000, seed=7, start="2025-01-01", end="2026-06-30")

result = tierwise.run(
    territory.hcps,
    territory.interactions,
    consents=territory.consents,
    history=territory.history,
    as_of="2026-06-30",
)
print(result.summary())
print(result.explain("S0000002"))
