#include <algorithm>
#include <cmath>

#include <tierwise/segment/classify.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

struct held_assignment {
  std::shared_ptr<const segment::model> model;
  segment::assignment value;
};

py::tuple levels_out(const std::vector<std::uint8_t>& levels, const std::vector<std::string>& names) {
  std::vector<std::int32_t> codes(levels.size());
  for (std::size_t row = 0; row < levels.size(); ++row)
    codes[row] = levels[row] == segment::unknown_level ? -1 : std::int32_t{levels[row]};
  return text_out(std::move(codes), names);
}

std::vector<float> narrowed(const std::vector<double>& floors) { return {floors.begin(), floors.end()}; }

template <class T>
std::span<T> cells(const py::array_t<T>& array, const char* name, bool to_write) {
  const py::array& plain = array;
  if (plain.ndim() != 1 || !(plain.flags() & py::array::c_style) || (to_write && !plain.writeable()))
    throw Error(errc::wrong_type,
                "expected a contiguous array of one dimension" + std::string(to_write ? " that can be written" : ""),
                {.path = {}, .column = name});
  return {const_cast<T*>(array.data()), static_cast<std::size_t>(array.size())};
}

py::array_t<std::int64_t> classify(const held_policy& policy, const std::vector<double>& potential_floors,
                                   const std::vector<double>& identity_floors,
                                   const std::vector<double>& engagement_floors, const py::array& potential,
                                   const py::array& identity, const py::array& engagement, const py::array& out) {
  const auto typed = [](const py::array& array, auto zero, const char* name, const char* type) {
    if (!array.dtype().equal(py::dtype::of<decltype(zero)>()))
      throw Error(errc::wrong_type, std::string("expected ") + type, {.path = {}, .column = name});
    return py::array_t<decltype(zero)>(py::reinterpret_borrow<py::array_t<decltype(zero)>>(array));
  };
  const auto p = typed(potential, 0.0f, "potential", "float32"), i = typed(identity, 0.0f, "identity", "float32"),
             e = typed(engagement, 0.0f, "engagement", "float32");
  const auto o = typed(out, std::uint8_t{0}, "out", "uint8");
  const auto from_p = cells(p, "potential", false), from_i = cells(i, "identity", false),
             from_e = cells(e, "engagement", false);
  const auto to = cells(o, "out", true);
  const segment::policy& s = policy.value.segment;
  const segment::float_cuts cuts{narrowed(potential_floors), narrowed(identity_floors),  narrowed(engagement_floors),
                                 s.potential.unknown_as,     s.identity_cuts.unknown_as, s.engagement_cuts.unknown_as};
  std::vector<std::int64_t> counts;
  {
    const py::gil_scoped_release unlocked;
    counts = segment::classify(s.scheme, cuts, from_p, from_i, from_e, to);
  }
  return moved(std::move(counts));
}

py::typing::Dict<py::int_, py::float_> decile_volumes(const segment::model& model) {
  py::typing::Dict<py::int_, py::float_> out;
  if (model.volume_known)
    for (int decile = 1; decile <= 10; ++decile)
      out[py::int_(decile)] = model.volume.decile_volumes[static_cast<std::size_t>(decile)];
  return out;
}

py_dict grades_out(const std::vector<std::string>& grades, const std::vector<segment::grade_row>& rows) {
  std::vector<std::uint8_t> grade;
  std::vector<std::int64_t> doctors;
  std::vector<double> doctors_share, volume, volume_share;
  for (const segment::grade_row& row : rows) {
    grade.push_back(row.grade);
    doctors.push_back(static_cast<std::int64_t>(row.doctors));
    doctors_share.push_back(row.doctors_share);
    volume.push_back(row.volume);
    volume_share.push_back(row.volume_share);
  }
  py_dict out;
  out["grade"] = levels_out(grade, grades);
  out["doctors"] = moved(std::move(doctors));
  out["doctors_share"] = moved(std::move(doctors_share));
  out["volume"] = moved(std::move(volume));
  out["volume_share"] = moved(std::move(volume_share));
  return out;
}

}  // namespace

segment::language language_of(const std::string& code) {
  if (code != "en" && code != "zh")
    throw Error(errc::invalid_argument, "expected \"en\" or \"zh\"", {.path = {}, .column = "language"});
  return code == "zh" ? segment::language::chinese : segment::language::english;
}

py_dict segments_out(const segment::model& model, const segment::assignment& all) {
  const segment::scheme& scheme = model.policy.scheme;
  const std::size_t rows = all.size();
  std::vector<std::uint8_t> decile_known(rows);
  std::vector<std::int32_t> type(rows), resources(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    decile_known[row] = all.decile[row] == segment::unknown_decile ? 0 : 1;
    type[row] = all.profile_type[row];
    resources[row] = all.tier[row] - 1;
  }
  py_dict out;
  out["potential"] = moved(all.potential);
  out["decile"] = ints_out(all.decile, std::move(decile_known));
  out["grade"] = levels_out(all.grade, scheme.grades);
  out["identity_score"] = moved(all.identity_score);
  out["identity_coverage"] = moved(all.identity_coverage);
  out["identity_level"] = levels_out(all.identity_level, scheme.identity_levels);
  out["engagement_score"] = moved(all.engagement_score);
  out["engagement_coverage"] = moved(all.engagement_coverage);
  out["engagement_level"] = levels_out(all.engagement_level, scheme.engagement_levels);
  out["profile_type"] = text_out(std::move(type), scheme.profile_types);
  out["tier"] = moved(all.tier);
  out["resources"] = text_out(std::move(resources), scheme.resources);
  return out;
}

std::vector<std::string> segment_reasons(const segment::model& model, const segment::assignment& all,
                                         segment::language in, executor* threads) {
  std::vector<std::string> reasons(all.size());
  for_blocks(threads, all.size(), 4096, [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) reasons[row] = segment::reason(model, all, row, in);
  });
  return reasons;
}

segment::score score_of(const std::string& name) {
  if (name == "potential") return segment::score::potential;
  if (name == "identity") return segment::score::identity;
  if (name == "engagement") return segment::score::engagement;
  throw Error(errc::invalid_argument, "expected \"potential\", \"identity\" or \"engagement\"",
              {.path = {}, .column = "score"});
}

/// What each part of a score is called, in the order of contribution_columns.
std::vector<std::string> part_names(const segment::model& model, segment::score which) {
  const segment::policy& policy = model.policy;
  if (which == segment::score::engagement && policy.engagement_card.terms.empty())
    return model.channels.empty() ? std::vector<std::string>{"points"} : model.channels;
  const segment::scorecard& card = which == segment::score::potential  ? policy.potential.card
                                   : which == segment::score::identity ? policy.identity
                                                                       : policy.engagement_card;
  std::vector<std::string> names;
  for (const auto& term : card.terms) names.push_back(term.column);
  return names;
}

py::typing::List<py::object> contributions_out(const segment::model& model, const table_view& profiles, std::size_t row,
                                               const std::string& score) {
  const segment::score which = score_of(score);
  py::typing::List<py::object> out;
  for (const segment::contribution& part : segment::contributions(model, profiles, row, which))
    out.append(py::make_tuple(std::string(part.column), part.value, part.weight_share, part.known));
  return out;
}

void register_segment(py::module_& m) {
  py::class_<held_assignment>(m, "Assignment")
      .def("columns", [](const held_assignment& a) { return segments_out(*a.model, a.value); })
      .def(
          "reasons",
          [](const held_assignment& a, const std::string& language, int threads) {
            const auto workers = threads_for(threads);
            const auto in = language_of(language);
            std::vector<std::string> reasons;
            {
              const py::gil_scoped_release unlocked;
              reasons = segment_reasons(*a.model, a.value, in, workers.get());
            }
            return texts_out(reasons);
          },
          py::arg("language"), py::arg("threads"))
      .def("rejected", [](const held_assignment& a) { return rejected_out(a.value.rejected); });

  py::class_<held_segments>(m, "SegmentModel")
      .def(
          "assign",
          [](const held_segments& model, const held_profile& profile, int threads) {
            const auto workers = threads_for(threads);
            auto out = std::make_unique<held_assignment>();
            out->model = model.value;
            const py::gil_scoped_release unlocked;
            out->value = segment::assign(*model.value, profile.value.rows.view(), workers.get()).value();
            return out;
          },
          py::arg("profile"), py::arg("threads"))
      .def(
          "contributions",
          [](const held_segments& model, const held_profile& profile, py::ssize_t row, const std::string& score) {
            const table_view& rows = profile.value.rows.view();
            return contributions_out(*model.value, rows, checked_row(row, rows.rows()), score);
          },
          py::arg("profile"), py::arg("row"), py::arg("score"))
      .def(
          "contribution_columns",
          [](const held_segments& model, const held_profile& profile, const std::string& score, int threads) {
            const segment::score which = score_of(score);
            const auto workers = threads_for(threads);
            segment::contribution_columns parts;
            {
              const py::gil_scoped_release unlocked;
              segment::assignment all;
              (void)segment::assign(*model.value, profile.value.rows.view(), all, &parts, workers.get()).value();
            }
            auto& columns = which == segment::score::potential  ? parts.potential
                            : which == segment::score::identity ? parts.identity
                                                                : parts.engagement;
            const std::vector<std::string> names = part_names(*model.value, which);
            py_dict out;
            for (std::size_t k = 0; k < columns.size(); ++k) out[py::str(names.at(k))] = moved(std::move(columns[k]));
            return out;
          },
          py::arg("profile"), py::arg("score"), py::arg("threads"))
      .def(
          "grade_table",
          [](const held_segments& model, const held_profile& profile, int threads) {
            const auto workers = threads_for(threads);
            std::vector<segment::grade_row> rows;
            {
              const py::gil_scoped_release unlocked;
              rows = segment::grade_table(
                  *model.value, segment::assign(*model.value, profile.value.rows.view(), workers.get()).value());
            }
            return grades_out(model.value->policy.scheme.grades, rows);
          },
          py::arg("profile"), py::arg("threads"))
      .def_property_readonly("s0", [](const held_segments& s) { return s.value->s0; })
      .def_property_readonly("decile_volumes", [](const held_segments& s) { return decile_volumes(*s.value); })
      .def_property_readonly("volume_floors", [](const held_segments& s) { return s.value->volume.floors; })
      .def_property_readonly("card_floors", [](const held_segments& s) { return s.value->card.floors; })
      .def_property_readonly("identity_floors", [](const held_segments& s) { return s.value->identity.floors; })
      .def_property_readonly("engagement_floors", [](const held_segments& s) { return s.value->engagement.floors; });

  m.def(
      "fit_segments",
      [](const held_policy& policy, const held_profile& profile) {
        const py::gil_scoped_release unlocked;
        return held_segments{std::make_shared<const segment::model>(
            segment::fit(policy.value.segment, profile.value.rows.view()).value())};
      },
      py::arg("policy"), py::arg("profile"));
  m.def("classify", &classify, py::arg("policy"), py::arg("potential_floors"), py::arg("identity_floors"),
        py::arg("engagement_floors"), py::arg("potential"), py::arg("identity"), py::arg("engagement"), py::arg("out"));
}

}  // namespace tierwise::python
