// Statements about doctors, who decides, and what has changed.
#include <tierwise/tag/changes.hpp>

#include "tag_registry.hpp"

namespace tierwise::python {

namespace {

using columns_in = std::map<std::string, py::object>;

struct held_statements {
  tag::statements value;
};

tag::viewpoint seen(std::int32_t as_of, std::int32_t known_as_of, const std::vector<double>& least) {
  return {date{as_of}, date{known_as_of}, least};
}

/// Codes with those names alone that they use.
text_column used_text(const std::vector<std::int32_t>& codes, const std::vector<std::string>& names) {
  std::vector<std::int32_t> place(names.size(), -1), out;
  std::vector<std::string> used;
  out.reserve(codes.size());
  for (const std::int32_t code : codes) {
    if (code >= 0 && place[static_cast<std::size_t>(code)] < 0) {
      place[static_cast<std::size_t>(code)] = static_cast<std::int32_t>(used.size());
      used.push_back(names[static_cast<std::size_t>(code)]);
    }
    out.push_back(code < 0 ? -1 : place[static_cast<std::size_t>(code)]);
  }
  return text_out(std::move(out), used);
}

/// A column of words of an enumeration.
template <class Enum>
text_column words_out(const std::vector<Enum>& values, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(name_of(static_cast<Enum>(i)));
  std::vector<std::int32_t> codes;
  codes.reserve(values.size());
  for (const Enum e : values) codes.push_back(static_cast<std::int32_t>(e));
  return text_out(std::move(codes), names);
}

text_column truths_out(const std::vector<tag::truth>& values) {
  std::vector<std::int32_t> codes;
  codes.reserve(values.size());
  for (const tag::truth t : values) codes.push_back(static_cast<std::int32_t>(t));
  return text_out(std::move(codes), {"no", "yes", "unknown"});
}

struct day_column {
  std::vector<std::int32_t> days;
  std::vector<std::uint8_t> valid;
  void add(date d, bool is = true) {
    const bool there = is && is_possible(d);
    days.push_back(there ? d.days : 0);
    valid.push_back(there ? 1 : 0);
  }
  py::tuple out() { return dates_out(std::move(days), std::move(valid)); }
};

/// What statements say, a row each; −1: none.
struct statement_rows {
  const tag::statements& of;
  date known_as_of;
  std::vector<std::int32_t> by, evidence, id, source;
  std::vector<double> confidence;
  day_column since, expires, recorded;

  void add(std::int64_t item) {
    if (item < 0) {
      for (auto* codes : {&by, &evidence, &id}) codes->push_back(-1);
      source.push_back(static_cast<std::int32_t>(tag::source_kind::rule));
      confidence.push_back(missing);
      for (day_column* days : {&since, &expires, &recorded}) days->add({}, false);
      return;
    }
    const tag::statement& s = of.items[static_cast<std::size_t>(item)];
    by.push_back(s.by);
    evidence.push_back(s.evidence);
    id.push_back(s.id);
    source.push_back(static_cast<std::int32_t>(s.source));
    confidence.push_back(s.confidence);
    since.add(s.since);
    expires.add(tag::last_day_of(of, static_cast<std::size_t>(item), known_as_of));
    recorded.add(s.recorded);
  }
  void write(py_dict& out) {
    out["since"] = since.out();
    out["expires"] = expires.out();
    out["recorded"] = recorded.out();
    out["source"] = text_out(std::move(source), {"rule", "model", "person", "import"});
    out["confidence"] = moved(std::move(confidence));
    out["evidence"] = used_text(evidence, of.evidence);
    out["by"] = used_text(by, of.people);
    out["statement_id"] = used_text(id, of.ids);
  }
};

py_dict answers_out(const held_statements& said, const held_answers& answers, std::int32_t known_as_of) {
  std::vector<std::int64_t> hcp;
  std::vector<std::int32_t> tag, overruled;
  std::vector<tag::truth> answer, rule;
  statement_rows rows{said.value, date{known_as_of}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (const tag::provenance& p : answers.value) {
    hcp.push_back(p.hcp);
    tag.push_back(static_cast<std::int32_t>(p.tag));
    answer.push_back(p.answer);
    rule.push_back(p.rule);
    overruled.push_back(static_cast<std::int32_t>(p.overruled));
    rows.add(p.decides);
  }
  py_dict out;
  out["hcp"] = moved(std::move(hcp));
  out["tag"] = moved(std::move(tag));
  out["answer"] = truths_out(answer);
  rows.write(out);
  out["rule"] = truths_out(rule);
  out["overruled"] = moved(std::move(overruled));
  return out;
}

py_dict fates_out(const held_statements& said, std::size_t hcp, std::size_t tag, std::int32_t as_of,
                  std::int32_t known_as_of, const std::vector<double>& least) {
  std::vector<tag::saying> says;
  std::vector<tag::fate> fates;
  statement_rows rows{said.value, date{known_as_of}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (const tag::statement_fate& f : tag::fates_of(said.value, hcp, tag, seen(as_of, known_as_of, least)).value()) {
    says.push_back(said.value.items[f.item].says);
    fates.push_back(f.what);
    rows.add(static_cast<std::int64_t>(f.item));
  }
  py_dict out;
  rows.write(out);
  out["kind"] = words_out(says, 2);
  out["fate"] = words_out(fates, 6);
  return out;
}

py_dict timeline_out(const held_statements& said, std::size_t hcp, std::size_t tag, std::int32_t known_as_of,
                     const std::vector<double>& least) {
  std::vector<tag::truth> answer;
  day_column first, last;
  statement_rows rows{said.value, date{known_as_of}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (const tag::period& p : tag::timeline_of(said.value, hcp, tag, seen(0, known_as_of, least)).value()) {
    first.add(p.first, p.first != first_date);
    last.add(p.last);
    answer.push_back(p.answer);
    rows.add(p.decides);
  }
  py_dict out;
  rows.write(out);
  out["first"] = first.out();
  out["last"] = last.out();
  out["answer"] = truths_out(answer);
  return out;
}

/// Evaluates again with what is said, into `tags`, which has the answers of the rules alone.
held_answers settle(const held_statements& said, const held_registry& registry, const columns_in& columns,
                    held_tags& tags, std::int32_t as_of, std::int32_t known_as_of, const std::vector<double>& least,
                    int threads) {
  const auto held = hold(columns);
  const auto workers = threads_for(threads);
  const py::gil_scoped_release unlocked;
  const std::size_t rows = said.value.begin.size() - 1;
  const std::vector<float> no_column(columns.empty() ? rows : 0);
  if (columns.empty() && rows > 0) held->view.add("rows", std::span<const float>(no_column));
  const tag::viewpoint at = seen(as_of, known_as_of, least);
  const tag::overrides over = tag::overrides_of(said.value, at, workers.get()).value();
  const tag::tag_bits by_rules = tags.value;
  (void)tag::evaluate(registry.value, held->view, tags.value, workers.get(), &over).value();
  return {tag::resolve(registry.value, said.value, tags.value, by_rules, at, workers.get()).value(), over};
}

py_dict counts_out(const tag::tag_changes& found) {
  std::vector<std::int32_t> tag;
  std::vector<std::int64_t> of[9];
  for (const tag::change_counts& c : found.by_tag) {
    tag.push_back(static_cast<std::int32_t>(c.tag));
    const std::int64_t counts[] = {c.before,          c.after,        c.gained,         c.gained_from_unknown, c.lost,
                                   c.lost_to_unknown, c.became_known, c.became_unknown, c.source_changed};
    for (std::size_t i = 0; i < 9; ++i) of[i].push_back(counts[i]);
  }
  constexpr const char* names[] = {"before",          "after",        "gained",         "gained_from_unknown", "lost",
                                   "lost_to_unknown", "became_known", "became_unknown", "source_changed"};
  py_dict out;
  out["tag"] = moved(std::move(tag));
  for (std::size_t i = 0; i < 9; ++i) out[names[i]] = moved(std::move(of[i]));
  return out;
}

py_dict changes_out(const held_registry& tags_before, const held_tags& before, const held_answers& answers_before,
                    const held_registry& tags_after, const held_tags& after, const held_answers& answers_after,
                    const std::optional<py::array_t<std::int64_t>>& row_before) {
  tag::tag_changes found;
  std::span<const std::int64_t> rows;
  if (row_before) rows = {row_before->data(), static_cast<std::size_t>(row_before->size())};
  {
    const py::gil_scoped_release unlocked;
    const tag::tag_state was{tags_before.value, before.value, answers_before.value},
        is{tags_after.value, after.value, answers_after.value};
    found = tag::changes_between(was, is, rows).value();
  }
  std::vector<std::int64_t> hcp;
  std::vector<std::int32_t> tag, source_before, source_after;
  std::vector<tag::change_kind> what;
  std::vector<tag::truth> was, is;
  for (const tag::tag_change& c : found.items) {
    hcp.push_back(c.hcp);
    tag.push_back(static_cast<std::int32_t>(c.tag));
    what.push_back(c.what);
    was.push_back(c.before);
    is.push_back(c.after);
    source_before.push_back(c.before == tag::truth::unknown ? -1 : static_cast<std::int32_t>(c.source_before));
    source_after.push_back(c.after == tag::truth::unknown ? -1 : static_cast<std::int32_t>(c.source_after));
  }
  const std::vector<std::string> sources = {"rule", "model", "person", "import"};
  py_dict items, out;
  items["hcp"] = moved(std::move(hcp));
  items["tag"] = moved(std::move(tag));
  items["change"] = words_out(what, 5);
  items["before"] = truths_out(was);
  items["after"] = truths_out(is);
  items["source_before"] = text_out(std::move(source_before), sources);
  items["source_after"] = text_out(std::move(source_after), sources);
  out["items"] = items;
  out["by_tag"] = counts_out(found);
  out["doctors"] = py::int_(found.doctors);
  out["joined"] = py::int_(found.joined);
  out["left"] = py::int_(found.left);
  out["tags_added"] = texts_out(found.tags_added);
  out["tags_removed"] = texts_out(found.tags_removed);
  return out;
}

}  // namespace

void register_tag_statements(py::module_& m) {
  py::class_<held_answers>(m, "TagAnswers").def(py::init<>()).def("__len__", [](const held_answers& a) {
    return a.value.size();
  });

  py::class_<held_statements>(m, "Statements")
      .def_static(
          "read",
          [](const columns_in& rows, const column& hcp_ids, const held_registry& tags) {
            const auto held = hold(rows);
            const py::gil_scoped_release unlocked;
            return held_statements{tag::read_statements(held->view, hcp_ids.view, tags.value).value()};
          },
          py::arg("rows"), py::arg("hcp_ids"), py::arg("registry"))
      .def("rejected", [](const held_statements& s) { return rejected_out(s.value.rejected); })
      .def_property_readonly("repeated", [](const held_statements& s) { return s.value.repeated; })
      .def_property_readonly("rejected_rows", [](const held_statements& s) { return s.value.rejected.size(); })
      .def_property_readonly("withdrawals", [](const held_statements& s) { return s.value.withdrawals.size(); })
      .def("__len__", [](const held_statements& s) { return s.value.items.size(); })
      .def("settle", &settle, py::arg("registry"), py::arg("columns"), py::arg("tags"), py::arg("as_of"),
           py::arg("known_as_of"), py::arg("least_confidence"), py::arg("threads"),
           "Evaluates again with what is said, into `tags`, which has the answers of the rules alone.")
      .def("answers", &answers_out, py::arg("answers"), py::arg("known_as_of"))
      .def("fates", &fates_out, py::arg("hcp"), py::arg("tag"), py::arg("as_of"), py::arg("known_as_of"),
           py::arg("least_confidence"))
      .def("timeline", &timeline_out, py::arg("hcp"), py::arg("tag"), py::arg("known_as_of"),
           py::arg("least_confidence"));

  m.def("tag_changes", &changes_out, py::arg("tags_before"), py::arg("before"), py::arg("answers_before"),
        py::arg("tags_after"), py::arg("after"), py::arg("answers_after"), py::arg("row_before"));
}

}  // namespace tierwise::python
