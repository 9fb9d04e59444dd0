"""Columns in, tiers out: the shortest way to the nine tiers. Any frame will do; here it is a dict of NumPy arrays."""

import numpy as np
import tierwise

doctors = {
    "hcp_id": np.array([101, 102, 103, 104, 105, 106]),
    "specialty": np.array(["Oncology", "Oncology", "Cardiology", "Oncology", "Cardiology", "Nephrology"]),
    "city": np.array(["Beijing"] * 6),
    "territory": np.array(["T1"] * 6),
    "rep_id": np.array(["R1"] * 6),
    "title": np.array(["主任医师", "副主任医师", "主治医师", "主任医师", "", "住院医师"]),
    "hospital_level": np.array(["三级甲等", "三级甲等", "二级甲等", "三级甲等", "二级甲等", "一级"]),
    "patient_volume": np.array([900, 480, 120, np.nan, 60, 0]),  # NaN: unknown, never zero
    "patients_per_week": np.array([60.0, 45, 20, 70, 10, 5]),
    "society_offices": np.array([3, 1, 0, 2, 0, 0]),
    "trials": np.array([4, 1, 0, 2, 0, 0]),
    "publications": np.array([60, 14, 2, 25, 0, 0]),
    "teaching": np.array([10, 4, 1, 6, 0, 0]),
}
contacts = {
    "hcp_id": np.array([101, 101, 101, 102, 103, 103, 103, 105]),
    "date": np.array(
        ["2026-05-02", "2026-06-10", "2026-06-24", "2026-03-01", "2026-06-01", "2026-06-12", "2026-06-20", "2026-05-20"]
    ),
    "channel": np.array(["visit", "webinar", "visit", "email", "visit", "meeting", "visit", "video"]),
    "depth": np.array(["done", "attended", "done", "opened", "done", "attended", "done", "opened"]),
}

policy = tierwise.Policy.default()
profile = tierwise.profile.build(policy, doctors, contacts, as_of="2026-06-30")
model = tierwise.segment.fit(policy, profile)
segments = model.assign(profile)
for hcp_id, tier, reason in zip(segments["hcp_id"], segments["tier"], segments["reason"], strict=True):
    print(hcp_id, tier, reason)

print("\nWhat the identity score of 102 is made of:")
for part in model.contributions(profile, 102, "identity"):
    print(f"  {part.column:<16} {part.value:7.3f}")
