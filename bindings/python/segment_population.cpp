// A population as mergeable summaries, the model fitted from them, and a fitted model as plain numbers.
#include <tierwise/segment/population.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

using population = segment::population_summary;

py::bytes bytes_of(const population& from) {
  const std::vector<std::uint8_t> bytes = from.to_bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

population from_bytes(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return population::from_bytes({reinterpret_cast<const std::uint8_t*>(view.data()), view.size()}).value();
}

/// The numbers of one part of it, and those of its strata: (set, key, numbers).
py::tuple part_of(const segment::cuts_summary& cuts) {
  py::list strata;
  for (const segment::stratum_summary& s : cuts.strata)
    strata.append(py::make_tuple(static_cast<int>(s.set), py::cast(s.key), s.numbers));
  return py::make_tuple(cuts.all, strata);
}

py_dict parts_of(const population& from) {
  py_dict out;
  out["volume"] = part_of(from.volume);
  out["card"] = part_of(from.card);
  out["identity"] = part_of(from.identity);
  out["engagement"] = part_of(from.engagement);
  out["points"] = py::make_tuple(from.points, py::list());
  return out;
}

// ---- a fitted model as plain numbers, for pickles ----------------------------------------------------------------------

using deciles = std::array<double, 11>;
using stratum_state = std::tuple<int, std::vector<std::string>, std::size_t, std::vector<double>, deciles>;
using cuts_state = std::tuple<std::vector<double>, deciles, std::vector<stratum_state>>;
using model_state = std::tuple<std::vector<std::string>, bool, double, std::array<cuts_state, 4>>;

cuts_state state_of(const segment::fitted_cuts& cuts) {
  std::vector<stratum_state> strata;
  for (const segment::stratum& s : cuts.strata)
    strata.emplace_back(s.set, s.key, s.doctors, s.floors, s.decile_volumes);
  return {cuts.floors, cuts.decile_volumes, std::move(strata)};
}

model_state state_of(const held_segments& held) {
  const segment::model& m = *held.value;
  return {m.channels,
          m.volume_known,
          m.s0,
          {state_of(m.volume), state_of(m.card), state_of(m.identity), state_of(m.engagement)}};
}

Error not_of_this_policy() {
  return Error(errc::invalid_argument, "expected the state of a model of this policy", {.path = {}, .column = "state"});
}

segment::fitted_cuts cuts_of(const cuts_state& from, const segment::cuts& what) {
  segment::fitted_cuts out{std::get<0>(from), std::get<1>(from), {}};
  for (const auto& [set, key, doctors, floors, volumes] : std::get<2>(from)) {
    if (set < 0 || static_cast<std::size_t>(set) >= what.strata.size() ||
        key.size() != what.strata[static_cast<std::size_t>(set)].size() || floors.size() != out.floors.size())
      throw not_of_this_policy();
    out.strata.push_back({static_cast<std::uint8_t>(set), key, doctors, floors, volumes});
  }
  return out;
}

/// `assign` checks the rest: that there is a floor for each step but the last.
held_segments model_of(const held_policy& policy, const model_state& from) {
  segment::model m;
  m.policy = policy.value.segment;
  m.channels = std::get<0>(from);
  m.volume_known = std::get<1>(from);
  m.s0 = std::get<2>(from);
  const auto& cuts = std::get<3>(from);
  m.volume = cuts_of(cuts[0], m.policy.potential.cuts);
  m.card = cuts_of(cuts[1], m.policy.potential.card_cuts);
  m.identity = cuts_of(cuts[2], m.policy.identity_cuts);
  m.engagement = cuts_of(cuts[3], m.policy.engagement_cuts);
  return {std::make_shared<const segment::model>(std::move(m))};
}

}  // namespace

void register_segment_population(py::module_& m) {
  py::class_<population>(m, "PopulationSummary", "All that a fit needs of a population, mergeable.")
      .def(
          "merge", [](population& p, const population& other) { (void)p.merge(other).value(); }, py::arg("other"))
      .def("copy", [](const population& p) { return p; })
      .def("to_bytes", &bytes_of)
      .def_static("from_bytes", &from_bytes, py::arg("bytes"))
      .def("parts", &parts_of)
      .def_readonly("channels", &population::channels);
  m.def(
      "summarise_population",
      [](const held_policy& policy, const held_profile& profile) {
        const py::gil_scoped_release unlocked;
        return segment::summarise(policy.value.segment, profile.value.rows.view()).value();
      },
      py::arg("policy"), py::arg("profile"));
  m.def(
      "fit_population",
      [](const held_policy& policy, const population& summary) {
        const py::gil_scoped_release unlocked;
        return held_segments{
            std::make_shared<const segment::model>(segment::fit(policy.value.segment, summary).value())};
      },
      py::arg("policy"), py::arg("population"));
  m.def(
      "segment_state", [](const held_segments& model) { return state_of(model); }, py::arg("model"),
      "What was fitted, as plain numbers.");
  m.def("segment_model_of", &model_of, py::arg("policy"), py::arg("state"), "The model that segment_state took apart.");
}

}  // namespace tierwise::python
