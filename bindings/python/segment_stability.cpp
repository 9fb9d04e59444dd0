// Stability of a segmentation: settled steps, migration, drift, sensitivity, confidence.
#include <algorithm>

#include <tierwise/core/id_index.hpp>
#include <tierwise/core/random.hpp>
#include <tierwise/profile/profile.hpp>
#include <tierwise/segment/confidence.hpp>
#include <tierwise/segment/drift.hpp>
#include <tierwise/segment/migration.hpp>
#include <tierwise/segment/sensitivity.hpp>
#include <tierwise/segment/settle.hpp>

#include "bindings.hpp"

namespace tierwise::python {
namespace {

template <class T>
using array = py::array_t<T, py::array::c_style | py::array::forcecast>;
using steps_in = array<std::uint8_t>;
using numbers_in = array<double>;

template <class T>
std::span<const T> cells(const array<T>& values) {
  return {values.data(), static_cast<std::size_t>(values.size())};
}

std::span<const date> dates(const array<std::int32_t>& days) {
  static_assert(sizeof(date) == sizeof(std::int32_t));
  return {reinterpret_cast<const date*>(days.data()), static_cast<std::size_t>(days.size())};
}

std::vector<std::int32_t> days(const std::vector<date>& all) {
  std::vector<std::int32_t> out;
  out.reserve(all.size());
  for (const date d : all) out.push_back(d.days);
  return out;
}

// Floors of all doctors, floors of the strata, and the stratum of each doctor (−1: none).
using floors_in = std::tuple<numbers_in, numbers_in, array<std::int32_t>>;
segment::floors_view floors_of(const floors_in& from) {
  return {cells(std::get<0>(from)), cells(std::get<1>(from)), cells(std::get<2>(from))};
}

using axis_in = std::tuple<numbers_in, steps_in, floors_in>;
segment::cut_axes axes_of(const std::vector<axis_in>& from, const segment::tier_table& table) {
  segment::cut_axes all{{}, table};
  for (std::size_t a = 0; a < 3; ++a)
    all.of[a] = {cells(std::get<0>(from.at(a))), cells(std::get<1>(from.at(a))), floors_of(std::get<2>(from.at(a)))};
  return all;
}

segment::tier_table table_of(const segment::scheme& scheme) {
  segment::tier_table table{{}, {scheme.grades.size(), scheme.identity_levels.size(), scheme.engagement_levels.size()}};
  for (const segment::cell& c : scheme.cells) table.tiers.push_back(c.tier);
  return table;
}

// An id keys its stream by its text, so that 17 and "17" draw the same.
std::vector<std::uint64_t> keys_of(const column_view& ids) {
  std::vector<std::uint64_t> out(ids.size());
  for (std::size_t row = 0; row < ids.size(); ++row)
    out[row] = stable_hash(ids.is_numeric() ? std::to_string(ids.whole(row)) : std::string(ids.text(row)));
  return out;
}

// Floors among all doctors, and those of the strata one after the other.
py::tuple floors_out(const segment::fitted_cuts& cuts) {
  std::vector<double> strata;
  for (const segment::stratum& s : cuts.strata) strata.insert(strata.end(), s.floors.begin(), s.floors.end());
  return py::make_tuple(moved(cuts.floors), moved(std::move(strata)));
}

py_dict scheme_of(const held_segments& held) {
  const segment::model& model = *held.value;
  const segment::policy& policy = model.policy;
  py_dict out;
  out["grades"] = py::cast(policy.scheme.grades);
  out["identity_levels"] = py::cast(policy.scheme.identity_levels);
  out["engagement_levels"] = py::cast(policy.scheme.engagement_levels);
  out["tiers"] = moved(table_of(policy.scheme).tiers);
  out["unknown_as"] =
      py::make_tuple(policy.potential.unknown_as, policy.identity_cuts.unknown_as, policy.engagement_cuts.unknown_as);
  out["volume"] = floors_out(model.volume);
  out["card"] = floors_out(model.card);
  out["identity"] = floors_out(model.identity);
  out["engagement"] = floors_out(model.engagement);
  out["from_contacts"] = py::bool_(policy.engagement_card.terms.empty() && policy.engagement.used);
  return out;
}

// The stratum that cuts each doctor, −1 for all doctors: by volume, by scorecard, identity, engagement.
py::tuple strata_of(const held_segments& model, const held_profile& profile, int threads) {
  const auto workers = threads_for(threads);
  segment::assignment all;
  {
    const py::gil_scoped_release unlocked;
    all = segment::assign(*model.value, profile.value.rows.view(), workers.get()).value();
  }
  std::vector<std::int32_t> volume(all.size(), segment::no_stratum), card(volume);
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (all.potential_basis[row] == segment::basis::volume) volume[row] = all.potential_stratum[row];
    if (all.potential_basis[row] == segment::basis::scorecard) card[row] = all.potential_stratum[row];
  }
  return py::make_tuple(moved(std::move(volume)), moved(std::move(card)), moved(std::move(all.identity_stratum)),
                        moved(std::move(all.engagement_stratum)));
}

// Rows of `before` with the ids of `after`, −1 where it has none.
py::array_t<std::int64_t> match_ids(const column& before, const column& after) {
  for (const auto& [ids, name] : {std::pair{&before, "before"}, std::pair{&after, "after"}})
    if (ids->view.is_numeric() && !ids->view.is_whole())
      throw Error(errc::wrong_type, "ids are text or whole numbers", {.path = {}, .column = name});
  const auto unique = [](const column_view& ids, const char* name) {
    const id_index index(ids);
    const auto rows = index.match(ids).value();
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (rows[row] < 0)
        throw Error(rows[row] == id_index::ambiguous ? errc::duplicate_hcp : errc::missing_value,
                    "expected one row a doctor", {.path = {}, .column = name, .row = static_cast<std::int64_t>(row)});
  };
  unique(before.view, "before");
  unique(after.view, "after");
  return moved(id_index(before.view).match(after.view).value());
}

// Where each text stands in `names`; −1: missing. A text that is not there is an error that does not repeat it.
py::array_t<std::int32_t> codes_among(const column& texts, const std::vector<std::string>& names,
                                      const std::string& what) {
  if (texts.view.is_numeric()) throw Error(errc::wrong_type, "expected text", {.path = {}, .column = what});
  std::vector<std::int32_t> of_name, out(texts.view.size(), -1);
  for (const std::string_view name : texts.view.names()) {
    const auto at = std::ranges::find(names, name);
    of_name.push_back(at == names.end() ? -2 : static_cast<std::int32_t>(at - names.begin()));
  }
  for (std::size_t row = 0; row < out.size(); ++row) {
    if (!texts.view.has(row)) continue;
    out[row] = of_name[static_cast<std::size_t>(texts.view.code(row))];
    if (out[row] == -2)
      throw Error(errc::out_of_range, "a text that is not among the names of this scheme",
                  {.path = {}, .column = what, .row = static_cast<std::int64_t>(row)});
  }
  return moved(std::move(out));
}

py_dict migration_out(const segment::migration& m) {
  const auto tiers = static_cast<py::ssize_t>(m.tiers);
  std::vector<std::int32_t> from, to;
  std::vector<std::int64_t> doctors;
  std::vector<double> share;
  for (const segment::flow& f : segment::flows(m)) {
    from.push_back(f.from), to.push_back(f.to), doctors.push_back(f.doctors), share.push_back(f.share);
  }
  py_dict out;
  out["counts"] = moved(m.counts).attr("reshape")(tiers, tiers);
  out["newcomers"] = moved(m.newcomers);
  out["leavers"] = moved(m.leavers);
  out["net"] = py::make_tuple(m.up, m.down, m.same);
  out["flows"] =
      py::make_tuple(moved(std::move(from)), moved(std::move(to)), moved(std::move(doctors)), moved(std::move(share)));
  return out;
}

py::array_t<std::int32_t> sixths_out(const array<std::uint16_t>& tiers, const std::array<std::size_t, 3>& steps,
                                     const std::vector<steps_in>& before, const std::vector<steps_in>& after) {
  const segment::tier_table table{{cells(tiers).begin(), cells(tiers).end()}, steps};
  segment::detail::require_sound(table);
  const std::size_t rows = cells(before.at(0)).size();
  std::vector<std::int32_t> out(rows * 3);
  for (std::size_t a = 0; a < 3; ++a)
    for (const auto& side : {cells(before.at(a)), cells(after.at(a))}) {
      if (side.size() != rows) throw Error(errc::length_mismatch, "expected a step for each doctor");
      for (const std::uint8_t step : side)
        if (step >= steps[a]) throw Error(errc::out_of_range, "expected steps that the policy has");
    }
  for (std::size_t row = 0; row < rows; ++row) {
    std::array<std::uint8_t, 3> from{}, to{};
    for (std::size_t a = 0; a < 3; ++a) from[a] = cells(before[a])[row], to[a] = cells(after[a])[row];
    std::ranges::copy(segment::axis_sixths(table, from, to), out.begin() + static_cast<std::ptrdiff_t>(3 * row));
  }
  return moved(std::move(out)).attr("reshape")(static_cast<py::ssize_t>(rows), 3);
}

}  // namespace

void register_segment_stability(py::module_& m) {
  m.def("segment_scheme", &scheme_of, py::arg("model"), "Names, table and floors of a fitted model.");
  m.def("strata_of", &strata_of, py::arg("model"), py::arg("profile"), py::arg("threads"));
  m.def("codes_among", &codes_among, py::arg("column"), py::arg("names"), py::arg("what"));
  m.def("match_ids", &match_ids, py::arg("before"), py::arg("after"));
  m.def(
      "settle",
      [](const std::tuple<double, double, std::int32_t, std::uint8_t>& how, bool volume, const steps_in& plain,
         const numbers_in& value, const floors_in& floors, std::int32_t as_of, const steps_in& before,
         const array<std::int32_t>& since, const steps_in& before_plain, int threads) {
        const segment::stability what{std::get<0>(how), std::get<1>(how), std::get<2>(how), std::get<3>(how)};
        const auto workers = threads_for(threads);
        const auto by = floors_of(floors);
        const segment::previous_steps previous{cells(before), dates(since), cells(before_plain)};
        const auto from = cells(plain);
        const auto values = cells(value);
        segment::settled_steps out;
        {
          const py::gil_scoped_release unlocked;
          out = segment::settle(what, volume ? segment::scale::volume : segment::scale::score, from, values, by,
                                date{as_of}, previous, workers.get())
                    .value();
        }
        return py::make_tuple(moved(std::move(out.step)), moved(days(out.since)));
      },
      py::arg("stability"), py::arg("volume"), py::arg("plain"), py::arg("value"), py::arg("floors"), py::arg("as_of"),
      py::arg("before"), py::arg("since"), py::arg("before_plain"), py::arg("threads"));
  m.def("default_stability", [] {
    const segment::stability s = segment::default_stability();
    return py::make_tuple(s.volume_band, s.score_band, s.minimum_stay_days, s.large_move);
  });
  m.def(
      "check_stability",
      [](const std::tuple<double, double, std::int32_t, std::uint8_t>& how) {
        const auto faults =
            segment::check(segment::stability{std::get<0>(how), std::get<1>(how), std::get<2>(how), std::get<3>(how)});
        if (!faults.empty()) throw Error(faults.front());
      },
      py::arg("stability"));
  m.def(
      "migrate",
      [](const array<std::uint16_t>& before, const array<std::uint16_t>& after, const array<std::int64_t>& match,
         std::size_t tiers) {
        return migration_out(segment::migrate(cells(before), cells(after), cells(match), tiers).value());
      },
      py::arg("before"), py::arg("after"), py::arg("match"), py::arg("tiers"));
  m.def("axis_sixths", &sixths_out, py::arg("tiers"), py::arg("steps"), py::arg("before"), py::arg("after"));
  m.def(
      "part_changes",
      [](const numbers_in& before, const numbers_in& after) {
        py::typing::List<py::object> out;
        for (const auto& [part, by] : segment::part_changes(cells(before), cells(after)))
          out.append(py::make_tuple(part, by));
        return out;
      },
      py::arg("before"), py::arg("after"));
  m.def(
      "stability_index",
      [](const numbers_in& before, const numbers_in& after, double smoothing) {
        auto out = segment::stability_index(cells(before), cells(after), smoothing).value();
        return py::make_tuple(out.psi, moved(std::move(out.parts)), out.smoothed);
      },
      py::arg("before"), py::arg("after"), py::arg("smoothing"));
  m.def(
      "bin_counts",
      [](const numbers_in& values, const numbers_in& edges) {
        return moved(segment::bin_counts(cells(values), cells(edges)));
      },
      py::arg("values"), py::arg("edges"));
  m.def(
      "sensitivity",
      [](const held_segments& model, const std::vector<axis_in>& axes, std::size_t which, const numbers_in& moves,
         bool by_share) {
        py::typing::List<py::object> out;
        const auto all = axes_of(axes, table_of(model.value->policy.scheme));
        for (const segment::cut_effect& e :
             segment::sensitivity(all, static_cast<segment::axis>(which), cells(moves), by_share).value())
          out.append(py::make_tuple(e.cut, e.move, e.crossed, e.better, e.worse));
        return out;
      },
      py::arg("model"), py::arg("axes"), py::arg("which"), py::arg("moves"), py::arg("by_share"));
  m.def(
      "nearest_cuts",
      [](const held_segments& model, const std::vector<axis_in>& axes, std::size_t which) {
        auto out =
            segment::nearest(axes_of(axes, table_of(model.value->policy.scheme)), static_cast<segment::axis>(which))
                .value();
        return py::make_tuple(moved(std::move(out.cut)), moved(std::move(out.distance)), moved(std::move(out.across)),
                              moved(std::move(out.tier)));
      },
      py::arg("model"), py::arg("axes"), py::arg("which"));
  m.def(
      "resample_tiers",
      [](const held_policy& policy, const held_segments& model, const held_profile& profile,
         const std::map<std::string, py::object>& interactions, const std::vector<steps_in>& steps,
         const steps_in& known, const floors_in& floors, std::uint64_t seed, std::int32_t replicates, int threads) {
        const auto contacts = hold(interactions);
        const auto workers = threads_for(threads);
        const auto by = floors_of(floors);
        const std::array<std::span<const std::uint8_t>, 3> fixed{cells(steps.at(0)), cells(steps.at(1)),
                                                                 cells(steps.at(2))};
        const auto is_known = cells(known);
        segment::confidence out;
        {
          const py::gil_scoped_release unlocked;
          const table_view& rows = profile.value.rows.view();
          const auto log =
              profile::earned_points(policy.value.profile, rows, &contacts->view, profile.value.as_of).value();
          std::vector<double> points;
          points.reserve(log.items.size());
          for (const profile::earned& e : log.items) points.push_back(e.points);
          const auto keys = keys_of(rows.require("hcp_id", "profile").value());
          out =
              segment::resample({keys, points, log.begin, fixed[0], fixed[1], fixed[2], is_known, by, model.value->s0},
                                table_of(model.value->policy.scheme), {seed, replicates}, workers.get())
                  .value();
        }
        return py::make_tuple(moved(std::move(out.share)), moved(std::move(out.second)),
                              moved(std::move(out.second_share)));
      },
      py::arg("policy"), py::arg("model"), py::arg("profile"), py::arg("interactions"), py::arg("steps"),
      py::arg("known"), py::arg("floors"), py::arg("seed"), py::arg("replicates"), py::arg("threads"));
}

}  // namespace tierwise::python
