// Preferences learnt from exposures and responses, or from contacts.
#include <algorithm>
#include <cmath>

#include <tierwise/tag/affinity.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

template <class T>
std::span<const T> cells_of(const py::array_t<T>& array, const char* name) {
  if (array.ndim() != 1 || !(array.flags() & py::array::c_style))
    throw Error(errc::wrong_type, "expected a contiguous array of one dimension", {{}, name, -1});
  return {array.data(), static_cast<std::size_t>(array.size())};
}

struct held_affinities {
  tag::affinities value;
};

/// A column by its different values, which rise: (codes, texts) or (codes, whole numbers as int64). −1 where there is none.
py::tuple coded(const column& of) {
  const column_view& view = of.view;
  std::vector<std::int32_t> codes(view.size(), -1);
  if (!view.is_numeric()) {
    const std::span<const std::string_view> names = view.names();
    std::vector<std::uint8_t> used(names.size(), 0);
    for (std::size_t i = 0; i < view.size(); ++i)
      if (const std::int32_t c = view.code(i); c >= 0) used[static_cast<std::size_t>(c)] = 1;
    std::vector<std::string_view> sorted;
    for (std::size_t n = 0; n < names.size(); ++n)
      if (used[n] != 0 && !names[n].empty()) sorted.push_back(names[n]);
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::vector<std::int32_t> place(names.size(), -1);
    for (std::size_t n = 0; n < names.size(); ++n)
      if (used[n] != 0 && !names[n].empty())
        place[n] = static_cast<std::int32_t>(std::ranges::lower_bound(sorted, names[n]) - sorted.begin());
    for (std::size_t i = 0; i < view.size(); ++i)
      if (const std::int32_t c = view.code(i); c >= 0) codes[i] = place[static_cast<std::size_t>(c)];
    py::list texts;
    for (const std::string_view text : sorted) texts.append(py::str(text.data(), text.size()));
    return py::make_tuple(moved(std::move(codes)), texts);
  }
  std::vector<std::int64_t> values(view.size(), 0), sorted;
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (!view.has(i)) continue;
    const double number = view.number(i);
    if (!view.is_whole() && !(std::abs(number) < 0x1p53 && number == std::floor(number)))
      throw Error(errc::wrong_type, "expected text or whole numbers");
    values[i] = view.is_whole() ? view.whole(i) : static_cast<std::int64_t>(number);
    sorted.push_back(values[i]);
  }
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (std::size_t i = 0; i < view.size(); ++i)
    if (view.has(i)) codes[i] = static_cast<std::int32_t>(std::ranges::lower_bound(sorted, values[i]) - sorted.begin());
  return py::make_tuple(moved(std::move(codes)), moved(std::move(sorted)));
}

held_affinities fit(const py::array_t<std::int32_t>& doctor, const py::array_t<std::int32_t>& key,
                    const py::array_t<std::int32_t>& days, const py::array_t<std::int64_t>& exposures,
                    const py::array_t<std::int64_t>& responses, std::int32_t doctors, std::int32_t keys,
                    const std::vector<py::array_t<std::int32_t>>& groups, std::int32_t as_of, bool shares,
                    double half_life_days, double strength, double coverage, double margin, double confidence,
                    double least_evidence, int threads) {
  const auto workers = threads_for(threads);
  const std::span<const std::int32_t> day = cells_of(days, "date");
  static_assert(sizeof(date) == sizeof(std::int32_t));
  const tag::affinity_events events{cells_of(doctor, "hcp_id"),
                                    cells_of(key, "key"),
                                    {reinterpret_cast<const date*>(day.data()), day.size()},
                                    cells_of(exposures, "exposures"),
                                    cells_of(responses, "responses")};
  tag::affinity_population whom{doctors, keys, {}};
  for (const auto& codes : groups) whom.groups.push_back(cells_of(codes, "by"));
  const tag::affinity_options options{half_life_days, strength, coverage, margin, confidence, least_evidence};
  const py::gil_scoped_release unlocked;
  return {(shares ? tag::fit_shares(events, whom, {as_of}, options, workers.get())
                  : tag::fit_rates(events, whom, {as_of}, options, workers.get()))
              .value()};
}

py_dict cells_out(const std::vector<tag::affinity>& cells) {
  const auto column = [&](auto of) {
    std::vector<double> out(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) out[i] = cells[i].*of;
    return moved(std::move(out));
  };
  py_dict out;
  out["mean"] = column(&tag::affinity::mean);
  out["sd"] = column(&tag::affinity::sd);
  out["low"] = column(&tag::affinity::low);
  out["high"] = column(&tag::affinity::high);
  out["evidence"] = column(&tag::affinity::evidence);
  out["group_mean"] = column(&tag::affinity::group_mean);
  out["probability"] = column(&tag::affinity::probability);
  std::vector<std::uint8_t> prefers(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) prefers[i] = cells[i].prefers ? 1 : 0;
  out["prefers"] = moved(std::move(prefers)).attr("view")("bool");
  return out;
}

py::array weighted(const std::vector<std::uint64_t>& sums, const tag::affinities& of) {
  std::vector<double> out(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<double>(sums[i]) * tag::affinity_unit;
  return py::array(moved(std::move(out))
                       .reshape({static_cast<py::ssize_t>(sums.size() / of.keys), static_cast<py::ssize_t>(of.keys)}));
}

}  // namespace

void register_tag_affinity(py::module_& m) {
  py::class_<held_affinities>(m, "Affinities")
      .def(
          "table",
          [](const held_affinities& a, int threads) {
            const auto workers = threads_for(threads);
            std::vector<tag::affinity> cells;
            {
              const py::gil_scoped_release unlocked;
              cells = tag::affinity_table(a.value, workers.get());
            }
            return cells_out(cells);
          },
          py::arg("threads"))
      .def(
          "of",
          [](const held_affinities& a, py::ssize_t doctor) {
            std::vector<tag::affinity> cells(a.value.keys);
            tag::affinities_of(a.value, checked_row(doctor, a.value.doctors), cells);
            return cells_out(cells);
          },
          py::arg("doctor"))
      .def_property_readonly("exposures", [](const held_affinities& a) { return weighted(a.value.exposures, a.value); })
      .def_property_readonly("squares", [](const held_affinities& a) { return weighted(a.value.squares, a.value); })
      .def_property_readonly("responses", [](const held_affinities& a) { return weighted(a.value.responses, a.value); })
      .def_property_readonly("group_of", [](const held_affinities& a) { return a.value.group_of; })
      .def_property_readonly("parent", [](const held_affinities& a) { return a.value.parent; })
      .def_property_readonly("level", [](const held_affinities& a) { return a.value.level; })
      .def_property_readonly("code", [](const held_affinities& a) { return a.value.code; })
      .def_property_readonly("mean", [](const held_affinities& a) { return a.value.mean; })
      .def_property_readonly("strength", [](const held_affinities& a) { return a.value.strength; })
      .def_property_readonly("group_strength", [](const held_affinities& a) { return a.value.group_strength; })
      .def_property_readonly("rejected", [](const held_affinities& a) { return rejected_out(a.value.rejected); });
  m.def("coded", &coded, py::arg("column"));
  m.def("fit_affinities", &fit, py::arg("doctor"), py::arg("key"), py::arg("days"), py::arg("exposures"),
        py::arg("responses"), py::arg("doctors"), py::arg("keys"), py::arg("groups"), py::arg("as_of"),
        py::arg("shares"), py::arg("half_life_days"), py::arg("strength"), py::arg("coverage"), py::arg("margin"),
        py::arg("confidence"), py::arg("least_evidence"), py::arg("threads"));
}

}  // namespace tierwise::python
