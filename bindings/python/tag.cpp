#include <map>

#include <tierwise/tag/since.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

using truths = std::map<std::string, std::pair<py::array_t<bool>, py::array_t<bool>>>;  // tag → yes, known

bit_set bits_of(const py::array_t<bool>& flags, std::size_t rows) {
  if (flags.ndim() != 1 || static_cast<std::size_t>(flags.size()) != rows)
    throw Error(errc::length_mismatch, "expected one truth value for each of " + std::to_string(rows) + " rows");
  bit_set out(rows);
  for (std::size_t row = 0; row < rows; ++row)
    if (flags.at(static_cast<py::ssize_t>(row))) out.set(row);
  return out;
}

py::array flags_of(const bit_set& bits) {
  std::vector<std::uint8_t> flags(bits.size());
  for (std::size_t row = 0; row < flags.size(); ++row) flags[row] = bits.test(row) ? 1 : 0;
  return moved(std::move(flags)).attr("view")("bool");
}

/// (yes, known) of a rule over a table.
py::typing::Tuple<py::array, py::array> evaluate_rule(const tag::rule& rule,
                                                      const std::map<std::string, py::object>& columns,
                                                      const truths& given, const tag::schema& schema) {
  const auto held = hold(columns);
  const std::size_t rows = held->view.rows();
  tag::tag_bits tags;
  for (const std::string& name : schema.tags) {
    const auto at = given.find(name);
    tags.yes.push_back(at == given.end() ? bit_set(rows) : bits_of(at->second.first, rows));
    tags.known.push_back(at == given.end() ? bit_set(rows) : bits_of(at->second.second, rows));
  }
  bit_set yes(rows), known(rows);
  {
    const py::gil_scoped_release unlocked;
    (void)tag::evaluate(rule, held->view, &tags, 0, rows, yes, known).value();
  }
  return py::make_tuple(flags_of(yes), flags_of(known));
}

tag::schema make_schema(const std::vector<std::pair<std::string, std::string>>& columns,
                        std::vector<std::string> channels, std::vector<std::string> measures,
                        std::vector<std::string> tags, std::vector<std::string> topics) {
  tag::schema out{{}, std::move(channels), std::move(measures), std::move(tags), std::move(topics)};
  for (const auto& [name, type] : columns) {
    std::optional<tag::value_type> found;
    for (const auto t : {tag::value_type::boolean, tag::value_type::number, tag::value_type::text,
                         tag::value_type::date, tag::value_type::duration})
      if (tag::name_of(t) == type) found = t;
    if (!found)
      throw Error(errc::invalid_argument, "expected boolean, number, text, date or duration",
                  {.path = {}, .column = name});
    out.columns.push_back({name, *found});
  }
  return out;
}

}  // namespace

tag_rows tags_out(const policy::policy& policy, const tag::registry& tags, const tag::tag_bits& who,
                  const table_view& rows, const profile::profile& doctors, executor* threads) {
  std::vector<std::int64_t> hcp;
  std::vector<std::int32_t> tag, days;
  std::vector<std::uint8_t> known;
  {
    const py::gil_scoped_release unlocked;
    std::vector<std::string> attributes;
    for (const policy::attribute& a : policy.attributes) attributes.push_back(a.name);
    const tag::history past{
        .attributes = attributes, .channels = policy.profile, .contacts = doctors.contacts, .as_of = doctors.as_of};
    std::vector<std::vector<std::optional<date>>> since;
    for (std::size_t t = 0; t < tags.definitions.size(); ++t)
      since.push_back(tag::since(tags, t, who, rows, past, threads).value());
    for (std::size_t row = 0; row < rows.rows(); ++row)
      for (std::size_t t = 0; t < tags.definitions.size(); ++t) {
        if (!who.yes[t].test(row)) continue;
        const std::optional<date>& start = since[t][row];
        hcp.push_back(static_cast<std::int64_t>(row));
        tag.push_back(static_cast<std::int32_t>(t));
        days.push_back(start ? start->days : 0);
        known.push_back(start ? 1 : 0);
      }
  }
  return py::make_tuple(moved(std::move(hcp)), moved(std::move(tag)), moved(std::move(days)),
                        moved(std::move(known)).attr("view")("bool"));
}

void register_tag(py::module_& m) {
  py::class_<tag::schema>(m, "Schema")
      .def(py::init(&make_schema), py::arg("columns"), py::arg("channels"), py::arg("measures"), py::arg("tags"),
           py::arg("topics"))
      .def_static(
          "of", [](const held_policy& policy) { return policy::schema_of(policy.value); }, py::arg("policy"));
  py::class_<tag::rule>(m, "Rule")
      .def_static(
          "parse",
          [](const std::string& text, const tag::schema& known) { return tag::parse_rule(text, known).value(); },
          py::arg("text"), py::arg("schema"))
      .def("format", &tag::rule::format)
      .def_property_readonly("text", [](const tag::rule& r) { return r.text(); })
      .def_property_readonly("columns", [](const tag::rule& r) { return r.uses().columns; })
      .def_property_readonly("windows_days", [](const tag::rule& r) { return r.uses().windows_days; })
      .def_property_readonly("trend_windows_days", [](const tag::rule& r) { return r.uses().trend_windows_days; })
      .def_property_readonly("cost", [](const tag::rule& r) { return r.cost(); })
      .def_property_readonly("sums", [](const tag::rule& r) { return r.uses().sums; })
      .def_property_readonly("tags", [](const tag::rule& r) { return r.uses().tags; })
      .def("evaluate", &evaluate_rule, py::arg("columns"), py::arg("tags"), py::arg("schema"),
           "(yes, known) for each row.");

  m.def(
      "evaluate_tags",
      [](const held_policy& policy, const held_profile& profile, const held_segments& model, int threads) {
        const auto workers = threads_for(threads);
        tag::registry tags;
        tag::tag_bits who;
        table segments;
        table_view rows = profile.value.rows.view();
        {
          const py::gil_scoped_release unlocked;
          tags = tag::compile(policy.value.tags, policy::schema_of(policy.value), policy.value.tag_groups).value();
          segments = segment::columns(*model.value, segment::assign(*model.value, rows, workers.get()).value());
          for (const auto& [name, values] : segments.view().columns()) rows.add(name, values);
          who = tag::evaluate(tags, rows, workers.get()).value();
        }
        return tags_out(policy.value, tags, who, rows, profile.value, workers.get());
      },
      py::arg("policy"), py::arg("profile"), py::arg("model"), py::arg("threads"));
}

}  // namespace tierwise::python
