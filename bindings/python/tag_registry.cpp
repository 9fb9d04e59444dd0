// A registry of rules over any table, and sets of rows by tag.
#include <map>

#include <tierwise/tag/count.hpp>
#include <tierwise/tag/update.hpp>

#include "tag_registry.hpp"

namespace tierwise::python {

namespace {

using pairs = std::vector<std::pair<std::size_t, std::size_t>>;

py::array flags_of(const bit_set& bits) {
  std::vector<std::uint8_t> flags(bits.size());
  for (std::size_t row = 0; row < flags.size(); ++row) flags[row] = bits.test(row) ? 1 : 0;
  return moved(std::move(flags)).attr("view")("bool");
}

bit_set bits_of(const py::array_t<bool>& flags) {
  bit_set out(static_cast<std::size_t>(flags.size()));
  const auto at = flags.unchecked<1>();
  for (py::ssize_t row = 0; row < flags.size(); ++row)
    if (at(row)) out.set(static_cast<std::size_t>(row));
  return out;
}

std::vector<std::string> names_of(const tag::registry& tags) {
  std::vector<std::string> names;
  for (const tag::definition& d : tags.definitions) names.push_back(d.id);
  return names;
}

/// The text of a key, which may be left out.
std::string text_of(const py::dict& in, const char* key, std::string otherwise = {}) {
  if (!in.contains(key)) return otherwise;
  if (!py::isinstance<py::str>(in[key]))
    throw Error(errc::wrong_type, std::string("'").append(key).append("' is a text"), {.path = {}, .column = key});
  return py::cast<std::string>(in[key]);
}

/// The member of an enumeration that a text names.
template <class Enum>
Enum one_of(const py::dict& in, const char* key, Enum otherwise, int count) {
  const std::string text = text_of(in, key, std::string(tag::name_of(otherwise)));
  std::string all;
  for (int i = 0; i < count; ++i) {
    if (tag::name_of(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    all.append(i == 0 ? "" : ", ").append(tag::name_of(static_cast<Enum>(i)));
  }
  throw Error(errc::policy_out_of_range, "expected one of " + all + ", not '" + text + "'",
              {.path = {}, .column = key});
}

std::int32_t whole_of(const py::dict& in, const char* key, std::int32_t otherwise) {
  if (!in.contains(key)) return otherwise;
  try {
    return py::cast<std::int32_t>(in[key]);
  } catch (const py::cast_error&) {
    throw Error(errc::wrong_type, std::string("'").append(key).append("' is a whole number"),
                {.path = {}, .column = key});
  }
}

bool flag_of(const py::dict& in, const char* key, bool otherwise) {
  return in.contains(key) ? py::cast<bool>(in[key]) : otherwise;
}

}  // namespace

tag::definition definition_of(const py::dict& in) {
  tag::definition out;
  out.id = text_of(in, "id");
  out.name_en = text_of(in, "name_en", out.id);
  out.name_zh = text_of(in, "name_zh", out.name_en);
  out.in = one_of(in, "layer", out.in, 3);
  out.rule = text_of(in, "rule");
  out.group = text_of(in, "group");
  out.purpose = text_of(in, "purpose", out.purpose);
  out.owner = text_of(in, "owner");
  out.source = one_of(in, "source", out.source, 4);
  out.lives_days = whole_of(in, "lives_days", out.lives_days);
  out.version = whole_of(in, "version", out.version);
  out.of = one_of(in, "of", out.of, 3);
  return out;
}

tag::group group_of(const py::dict& in) {
  tag::group out;
  out.id = text_of(in, "id");
  out.name_en = text_of(in, "name_en", out.id);
  out.name_zh = text_of(in, "name_zh", out.name_en);
  out.exclusive = flag_of(in, "exclusive", out.exclusive);
  out.complete = flag_of(in, "complete", out.complete);
  return out;
}

namespace {

std::vector<std::int64_t> counts_of(const std::vector<bit_set>& sets) {
  std::vector<std::int64_t> counts;
  for (const bit_set& set : sets) counts.push_back(static_cast<std::int64_t>(tag::count_both(set, set)));
  return counts;
}

}  // namespace

py::typing::List<py_dict> definitions_out(const std::vector<tag::definition>& tags) {
  py::typing::List<py_dict> out;
  for (const tag::definition& d : tags) {
    py_dict one;
    one["id"] = py::str(d.id);
    one["name_en"] = py::str(d.name_en);
    one["name_zh"] = py::str(d.name_zh);
    one["layer"] = py::str(std::string(tag::name_of(d.in)));
    one["rule"] = py::str(d.rule);
    one["source"] = py::str(std::string(tag::name_of(d.source)));
    one["of"] = py::str(std::string(tag::name_of(d.of)));
    one["group"] = py::str(d.group);
    one["purpose"] = py::str(d.purpose);
    one["owner"] = py::str(d.owner);
    one["lives_days"] = py::int_(d.lives_days);
    one["version"] = py::int_(d.version);
    out.append(one);
  }
  return out;
}

py::typing::List<py_dict> groups_out(const std::vector<tag::group>& groups) {
  py::typing::List<py_dict> out;
  for (const tag::group& g : groups) {
    py_dict one;
    one["id"] = py::str(g.id);
    one["name_en"] = py::str(g.name_en);
    one["name_zh"] = py::str(g.name_zh);
    one["exclusive"] = py::bool_(g.exclusive);
    one["complete"] = py::bool_(g.complete);
    out.append(one);
  }
  return out;
}

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
          [](const std::vector<py::dict>& tags, const std::vector<py::dict>& groups, const tag::schema& schema) {
            std::vector<tag::definition> definitions;
            for (const py::dict& one : tags) definitions.push_back(definition_of(one));
            std::vector<tag::group> listed;
            for (const py::dict& one : groups) listed.push_back(group_of(one));
            return held_registry{tag::compile(std::move(definitions), schema, std::move(listed)).value()};
          },
          py::arg("definitions"), py::arg("groups"), py::arg("schema"))
      .def_static(
          "of",
          [](const held_policy& p) {
            return held_registry{tag::compile(p.value.tags, policy::schema_of(p.value), p.value.tag_groups).value()};
          },
          py::arg("policy"))
      .def("definitions", [](const held_registry& r) { return definitions_out(r.value.definitions); })
      .def("groups", [](const held_registry& r) { return groups_out(r.value.groups); })
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
          [](const held_registry& r, const std::map<std::string, py::object>& columns, std::size_t rows,
             held_tags& into, int threads) {
            const auto held = hold(columns);
            const auto workers = threads_for(threads);
            const py::gil_scoped_release unlocked;
            const std::vector<float> no_column(columns.empty() ? rows : 0);
            if (columns.empty() && rows > 0) held->view.add("rows", std::span<const float>(no_column));
            (void)tag::evaluate(r.value, held->view, into.value, workers.get()).value();
          },
          py::arg("columns"), py::arg("rows"), py::arg("into"), py::arg("threads"))
      .def(
          "update",
          [](const held_registry& r, const std::map<std::string, py::object>& columns, held_tags& answers,
             const py::array_t<bool>& rows, const std::vector<std::string>& changed, int threads) {
            const auto held = hold(columns);
            const auto workers = threads_for(threads);
            tag::changes what;
            what.rows = bits_of(rows);
            what.columns = changed;
            tag::updated work;
            {
              const py::gil_scoped_release unlocked;
              work = tag::update(r.value, held->view, what, answers.value, workers.get()).value();
            }
            return std::pair(work.tags, work.rows);
          },
          py::arg("columns"), py::arg("answers"), py::arg("rows"), py::arg("changed"), py::arg("threads"),
          "Tags that were evaluated for all rows, and rows for which all tags were.")
      .def(
          "due",
          [](const held_registry& r, const held_policy& policy, const held_profile& profile, std::int32_t before) {
            tag::changes found;
            {
              const py::gil_scoped_release unlocked;
              std::vector<std::string> attributes;
              for (const policy::attribute& a : policy.value.attributes) attributes.push_back(a.name);
              found = tag::due(r.value, profile.value.rows.view(),
                               {.attributes = attributes,
                                .channels = policy.value.profile,
                                .contacts = profile.value.contacts,
                                .as_of = profile.value.as_of},
                               date{before})
                          .value();
            }
            return std::pair(flags_of(found.rows), found.columns);
          },
          py::arg("policy"), py::arg("profile"), py::arg("before"))
      .def(
          "query",
          [](const held_registry& r, const std::string& question, const held_tags& tags) {
            const tag::answer found = tag::query(question, names_of(r.value), tags.value).value();
            return py::typing::Tuple<py::array, py::array>(py::make_tuple(flags_of(found.yes), flags_of(found.known)));
          },
          py::arg("question"), py::arg("tags"));
}

}  // namespace tierwise::python
