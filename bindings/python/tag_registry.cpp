// A registry of rules over any table, and sets of rows by tag.
#include <map>

#include <tierwise/tag/count.hpp>
#include <tierwise/tag/tag.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

using pairs = std::vector<std::pair<std::size_t, std::size_t>>;

struct held_registry {
  tag::registry value;
};
struct held_tags {
  tag::tag_bits value;
};

py::array flags_of(const bit_set& bits) {
  std::vector<std::uint8_t> flags(bits.size());
  for (std::size_t row = 0; row < flags.size(); ++row) flags[row] = bits.test(row) ? 1 : 0;
  return moved(std::move(flags)).attr("view")("bool");
}

std::vector<std::string> names_of(const tag::registry& tags) {
  std::vector<std::string> names;
  for (const tag::definition& d : tags.definitions) names.push_back(d.id);
  return names;
}

std::vector<std::int64_t> counts_of(const std::vector<bit_set>& sets) {
  std::vector<std::int64_t> counts;
  for (const bit_set& set : sets) counts.push_back(static_cast<std::int64_t>(tag::count_both(set, set)));
  return counts;
}

}  // namespace

void register_tag_registry(py::module_& m) {
  py::class_<held_tags>(m, "TagBits")
      .def(py::init<>())
      .def(
          "yes", [](const held_tags& t, std::size_t tag) { return flags_of(t.value.yes.at(tag)); }, py::arg("tag"))
      .def(
          "known", [](const held_tags& t, std::size_t tag) { return flags_of(t.value.known.at(tag)); }, py::arg("tag"))
      .def("counts", [](const held_tags& t) { return moved(counts_of(t.value.yes)); })
      .def("known_counts", [](const held_tags& t) { return moved(counts_of(t.value.known)); })
      .def(
          "pair_counts",
          [](const held_tags& t, const pairs& wanted) {
            std::vector<std::int64_t> counts;
            for (const std::size_t n : tag::pair_counts(t.value.yes, wanted).value())
              counts.push_back(static_cast<std::int64_t>(n));
            return moved(std::move(counts));
          },
          py::arg("pairs"));

  py::class_<held_registry>(m, "TagRegistry")
      .def_static(
          "compile",
          [](const std::vector<std::pair<std::string, std::string>>& rules, const tag::schema& schema) {
            std::vector<tag::definition> definitions;
            for (const auto& [id, rule] : rules) definitions.push_back({id, {}, {}, tag::layer::basic, rule});
            return held_registry{tag::compile(std::move(definitions), schema).value()};
          },
          py::arg("rules"), py::arg("schema"))
      .def(
          "columns",
          [](const held_registry& r) {
            std::vector<std::string> columns;
            for (const tag::rule& rule : r.value.rules)
              columns.insert(columns.end(), rule.uses().columns.begin(), rule.uses().columns.end());
            std::sort(columns.begin(), columns.end());
            columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
            return columns;
          },
          "Columns that any rule reads.")
      .def(
          "evaluate",
          [](const held_registry& r, const std::map<std::string, py::object>& columns, held_tags& into, int threads) {
            const auto held = hold(columns);
            const auto workers = threads_for(threads);
            const py::gil_scoped_release unlocked;
            (void)tag::evaluate(r.value, held->view, into.value, workers.get()).value();
          },
          py::arg("columns"), py::arg("into"), py::arg("threads"))
      .def(
          "query",
          [](const held_registry& r, const std::string& question, const held_tags& tags) {
            const tag::answer found = tag::query(question, names_of(r.value), tags.value).value();
            return py::typing::Tuple<py::array, py::array>(py::make_tuple(flags_of(found.yes), flags_of(found.known)));
          },
          py::arg("question"), py::arg("tags"));
}

}  // namespace tierwise::python
