"""The simulator's tables against the real records that it was fitted to. Skipped where those are not at hand."""

import importlib.util
import pathlib

import pytest

pd = pytest.importorskip("pandas")
pytest.importorskip("tierwise")

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "calibrate_simulator.py"
spec = importlib.util.spec_from_file_location("calibrate_simulator", SCRIPT)
calibrate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(calibrate)

DATA = calibrate.default_data()
HCPS = 10_000


def needs(folder):
    if not (DATA / folder).is_dir():
        pytest.skip(f"no real data: {folder} is not there")


@pytest.fixture(scope="module")
def contacts():
    needs("open-payments-iowa")
    made = calibrate.simulated(HCPS, 2, calibrate.IOWA_PERIOD)
    return calibrate.contact_statistics(calibrate.real_iowa(DATA)), calibrate.contact_statistics(made[1])


@pytest.fixture(scope="module")
def visits():
    needs("physician-detailing")
    made = calibrate.simulated(HCPS, 2, calibrate.DETAILING_PERIOD, contact_scale=calibrate.DETAILING_SCALE)
    real = calibrate.visit_statistics(*calibrate.real_detailing(DATA), 18)
    return real, calibrate.visit_statistics(*calibrate.simulated_detailing(*made), 18)


@pytest.mark.parametrize(
    ("name", "relative"),
    [
        ("contacts per doctor, mean", 0.08),
        ("contacts per doctor, 10% quantile", 0.25),
        ("contacts per doctor, 50% quantile", 0.15),
        ("contacts per doctor, 90% quantile", 0.15),
        ("contacts per doctor, 99% quantile", 0.25),
        ("share of the busiest 10%", 0.06),
        ("share of the busiest 50%", 0.02),
        ("gaps on the same day, share", 0.15),
        ("gap of 1 day, share of gaps above 0", 0.15),
        ("gap in days, mean", 0.15),
        ("gap in days, 90% quantile", 0.25),
        ("gap in days, 99% quantile", 0.20),
        ("days with one contact only, share", 0.05),
        ("days with three or more, share", 0.25),
        ("contact days a month, variance / mean, 25–59 contacts", 0.20),
        ("contacts on a Tuesday, share", 0.15),
        ("busiest month / quietest month", 0.15),
    ],
)
def test_contacts_are_like_open_payments_iowa(contacts, name, relative):
    real, simulated = contacts
    assert simulated[name] == pytest.approx(real[name], rel=relative)


@pytest.mark.parametrize(
    ("name", "relative"),
    [
        ("volume a year, 25% quantile", 0.20),
        ("volume a year, 50% quantile", 0.15),
        ("volume a year, 90% quantile", 0.15),
        ("volume a year, 99% quantile", 0.20),
        ("volume of tenth 1 of doctors, share", 0.06),
        ("volume of tenth 5 of doctors, share", 0.10),
        ("doctors in volume decile 8, share", 0.25),
        ("doctors in volume decile 5, share", 0.15),
        ("doctors in volume decile 1, share", 0.10),
        ("visits in 18 months, 50% quantile", 0.15),
        ("visits in 18 months, 95% quantile", 0.15),
        ("visits of the most visited 10%, share", 0.06),
        ("months with 0 visits, share", 0.15),
        ("months with 3 visits, share", 0.20),
        ("visits a month, variance / mean within doctors", 0.15),
        ("visits, correlation of first and second half", 0.15),
        ("volume and visits, rank correlation", 0.15),
        ("visits a month in tenth 10 of volume, lowest first", 0.25),
    ],
)
def test_volume_and_visits_are_like_physician_detailing(visits, name, relative):
    real, simulated = visits
    assert simulated[name] == pytest.approx(real[name], rel=relative)
