// A fitted model made ready, and everything about a batch of doctors.
#include <algorithm>
#include <map>

#include "bindings.hpp"
#include "seen_columns.hpp"

namespace tierwise::python {

namespace {

struct held_engine {
  model::engine value;
};

/// An answer, and what its views lie in.
struct held_answer {
  model::answer value;
  model::engine engine;
  py::object profile;
  std::unique_ptr<held_table> consents, history;
  table own_consents;  // of one doctor decided again
  seen_columns doctors_seen, consents_seen;  // of the caller's memory

  recommend::inputs given() const {
    recommend::inputs in = value.given();
    if (!history) in.history = nullptr;
    return in;
  }
  std::size_t rows() const { return value.rows.rows(); }
};

/// The columns of a profile that are still the caller's.
table_view columns_of_caller(const held_profile& of) {
  table_view out;
  for (const auto& [name, values] : of.value.rows.view().columns()) {
    const column_view* given = of.hcps ? of.hcps->view.find(name) : nullptr;
    if (given != nullptr && given->data() == values.data()) out.add(name, values);
  }
  return out;
}

std::unique_ptr<held_answer> decide(const held_engine& engine, const py::object& profile,
                                    const std::optional<std::map<std::string, py::object>>& consents,
                                    const std::optional<std::map<std::string, py::object>>& history, bool trace,
                                    int threads) {
  const auto workers = threads_for(threads);
  auto given_consents = hold(consents), given_history = hold(history);
  const held_profile& doctors = profile.cast<const held_profile&>();
  std::optional<model::answer> made;
  seen_columns doctors_seen, consents_seen;
  {
    const py::gil_scoped_release unlocked;
    // Before anything is decided: a change on the way is then told, too.
    doctors_seen = seen_columns(columns_of_caller(doctors), "hcps", workers.get());
    if (given_consents) consents_seen = seen_columns(given_consents->view, "consents", workers.get());
    made = engine.value
               .decide(shared_copy(doctors.value), given_consents ? &given_consents->view : nullptr,
                       given_history ? &given_history->view : nullptr, {.trace = trace, .threads = workers.get()})
               .value();
  }
  return std::make_unique<held_answer>(held_answer{std::move(*made),
                                                   engine.value,
                                                   profile,
                                                   std::move(given_consents),
                                                   std::move(given_history),
                                                   {},
                                                   std::move(doctors_seen),
                                                   std::move(consents_seen)});
}

/// The rows of a table that are about one doctor.
table rows_about(const table_view& from, const column_view& ids, std::size_t row) {
  std::vector<std::size_t> rows;
  const column_view about = from.require("hcp_id", "consents").value();
  if (ids.is_numeric()) {
    for (std::size_t i = 0; i < about.size(); ++i)
      if (about.has(i) && about.whole(i) == ids.whole(row)) rows.push_back(i);
  } else {
    const auto names = about.names();
    const auto code = static_cast<std::int32_t>(std::find(names.begin(), names.end(), ids.text(row)) - names.begin());
    for (std::size_t i = 0; i < about.size(); ++i)
      if (about.code(i) == code) rows.push_back(i);
  }
  return gather(from, rows);
}

/// One doctor of an answer decided again, with a trace, so that what was dropped can be told without having kept it for all.
/// A batch of one gives the same bytes.
std::unique_ptr<held_answer> again(const py::object& self, std::size_t row) {
  const held_answer& of = self.cast<const held_answer&>();
  const model::answer& all = of.value;
  auto out = std::make_unique<held_answer>(held_answer{{}, of.engine, self, nullptr, nullptr, {}, {}, {}});
  const py::gil_scoped_release unlocked;
  of.doctors_seen.check_row(row);
  of.consents_seen.check();
  model::answer& one = out->value;
  one.profile.as_of = all.profile.as_of;
  one.profile.rows = gather(all.profile.rows.view(), std::span(&row, 1));
  one.profile.source = {all.profile.source[row]};
  const auto slice = [row](const auto& from, auto& to) {
    to.items.assign(from.items.begin() + static_cast<std::ptrdiff_t>(from.begin[row]),
                    from.items.begin() + static_cast<std::ptrdiff_t>(from.begin[row + 1]));
    to.begin = {0, to.items.size()};
  };
  slice(all.profile.contacts, one.profile.contacts);
  one.profile.contacts.channels = all.profile.contacts.channels;
  const auto hcp = static_cast<std::int64_t>(row);
  const auto& withdrawals = all.profile.contacts.withdrawals;  // by doctor
  for (auto at = std::lower_bound(withdrawals.begin(), withdrawals.end(), profile::withdrawal{hcp, 0, first_date});
       at != withdrawals.end() && at->hcp == hcp; ++at)
    one.profile.contacts.withdrawals.push_back({0, at->channel, at->on});
  if (of.history) {
    slice(all.history, one.history);
    for (propensity::suggestion& s : one.history.items) s.hcp = 0;
  }
  const segment::model& segments = of.engine.fitted().segments;
  one.segments = segment::assign(segments, one.profile.rows.view()).value();
  one.segment_columns = segment::columns(segments, one.segments);
  one.rows = one.profile.rows.view();
  for (const auto& [name, values] : one.segment_columns.view().columns()) one.rows.add(name, values);
  one.tags = tag::evaluate(of.engine.tags(), one.rows).value();
  if (of.consents) {
    out->own_consents = rows_about(of.consents->view, *one.rows.find("hcp_id"), 0);
    one.consents = &out->own_consents.view();
  }
  recommend::inputs given = one.given();
  if (!of.history) given.history = nullptr;
  one.decisions = recommend::decide(of.engine.recommender(), given, one.profile.as_of, {.trace = true}).value();
  return out;
}

template <class Thing>
std::vector<std::string> ids_of(const std::vector<Thing>& things, const char* further) {
  std::vector<std::string> ids;
  for (const Thing& thing : things) ids.push_back(thing.id);
  ids.emplace_back(further);
  return ids;
}

/// action_id, channel, content_id of candidates; −1 is nothing to do.
struct candidate_columns {
  std::vector<std::int32_t> action, channel, content;

  void add(const recommend::engine& engine, std::int32_t candidate) {
    const auto none = [](const auto& things) { return static_cast<std::int32_t>(things.size()); };
    const recommend::candidate* c = candidate < 0 ? nullptr : &engine.candidates[static_cast<std::size_t>(candidate)];
    action.push_back(c ? c->action : none(engine.policy.actions));
    channel.push_back(c ? c->channel : none(engine.channels));
    content.push_back(c && c->content >= 0 ? c->content : none(engine.policy.contents));
  }
  void out(const recommend::engine& engine, py_dict& to) {
    to["action_id"] = text_out(std::move(action), ids_of(engine.policy.actions, "do_nothing"));
    to["channel"] = text_out(std::move(channel), ids_of(engine.channels, "none"));
    to["content_id"] = text_out(std::move(content), ids_of(engine.policy.contents, "none"));
  }
};

py_dict picks(const held_answer& of) {
  const recommend::engine& engine = of.engine.recommender();
  const auto& all = of.value.decisions.picks;
  candidate_columns candidates;
  std::vector<std::int32_t> rank, expires;
  std::vector<std::uint8_t> does_something;
  std::vector<double> priority, propensity, context, value, lever;
  for (const recommend::pick& p : all) {
    // Doing nothing has no priority and no propensity, which is not the same as 0.
    const auto factor = [&](double number) { return p.candidate < 0 ? missing : number; };
    candidates.add(engine, p.candidate);
    rank.push_back(p.rank);
    priority.push_back(factor(p.priority));
    propensity.push_back(factor(p.propensity));
    context.push_back(factor(p.context));
    value.push_back(factor(p.value));
    lever.push_back(factor(p.lever));
    expires.push_back(p.expires.days);
  }
  py_dict out;
  out["rank"] = moved(std::move(rank));
  candidates.out(engine, out);
  out["priority"] = moved(std::move(priority));
  out["propensity"] = moved(std::move(propensity));
  out["context"] = moved(std::move(context));
  out["value"] = moved(std::move(value));
  out["lever"] = moved(std::move(lever));
  out["expires"] = py::make_tuple("date", moved(std::move(expires)), py::none());
  return out;
}

template <class Entry>
py::array_t<std::int64_t> rows_of(const std::vector<Entry>& entries) {
  std::vector<std::int64_t> rows;
  rows.reserve(entries.size());
  for (const Entry& entry : entries) rows.push_back(entry.hcp);
  return moved(std::move(rows));
}

/// stage and rule of stops.
void stops_out(const recommend::engine& engine, const std::vector<std::int32_t>& stops, py_dict& out) {
  constexpr int stages = 8;
  std::vector<std::string> stage_names, rules;
  for (int s = 0; s < stages; ++s) stage_names.emplace_back(name_of(static_cast<recommend::stage>(s)));
  for (const recommend::stop& s : engine.stops) rules.push_back(s.id);
  std::vector<std::int32_t> stage;
  for (const std::int32_t s : stops)
    stage.push_back(static_cast<std::int32_t>(engine.stops[static_cast<std::size_t>(s)].at));
  out["stage"] = text_out(std::move(stage), stage_names);
  out["rule"] = text_out(stops, rules);
}

py_dict funnel(const held_answer& of) {
  std::vector<std::int32_t> stops;
  std::vector<std::int64_t> candidates, hcps;
  for (const recommend::funnel_line& line : of.value.decisions.funnel) {
    stops.push_back(line.stop);
    candidates.push_back(line.candidates);
    hcps.push_back(line.hcps);
  }
  py_dict out;
  stops_out(of.engine.recommender(), stops, out);
  out["candidates"] = moved(std::move(candidates));
  out["hcps"] = moved(std::move(hcps));
  return out;
}

py_dict drops(const recommend::engine& engine, const std::vector<recommend::drop>& all) {
  candidate_columns candidates;
  std::vector<std::int32_t> stops;
  for (const recommend::drop& d : all) {
    candidates.add(engine, d.candidate);
    stops.push_back(d.stop);
  }
  py_dict out;
  candidates.out(engine, out);
  stops_out(engine, stops, out);
  return out;
}

std::vector<std::string> pick_reasons(const held_answer& of, segment::language in, executor* threads) {
  of.doctors_seen.check();  // which contexts held is read again
  const recommend::inputs given = of.given();
  std::vector<std::string> reasons(of.value.decisions.picks.size());
  for_blocks(threads, reasons.size(), 1024, [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i)
      reasons[i] = recommend::reason(of.engine.recommender(), given, of.value.decisions, i, in);
  });
  return reasons;
}

}  // namespace

void register_recommend(py::module_& m) {
  py::class_<held_answer> answer(m, "Answer");
  py::class_<held_engine>(m, "Engine")
      .def_static(
          "fit",
          [](const held_policy& policy, const held_profile& profile,
             const std::optional<std::map<std::string, py::object>>& history) {
            const auto rows = hold(history);
            const py::gil_scoped_release unlocked;
            return held_engine{
                model::engine::make(model::fit(policy.value, profile.value, rows ? &rows->view : nullptr).value())
                    .value()};
          },
          py::arg("policy"), py::arg("profile"), py::arg("history"))
      .def_property_readonly("segments",
                             [](const held_engine& e) {
                               return held_segments{std::make_shared<const segment::model>(e.value.fitted().segments)};
                             })
      .def("decide", &decide, py::arg("profile"), py::arg("consents"), py::arg("history"), py::arg("trace"),
           py::arg("threads"));

  answer.def("__len__", &held_answer::rows)
      .def_property_readonly("as_of", [](const held_answer& a) { return format_date(a.value.decisions.as_of); })
      .def_property_readonly("contacts_used", [](const held_answer& a) { return a.value.profile.contacts_used; })
      .def_property_readonly("contacts_later", [](const held_answer& a) { return a.value.profile.contacts_later; })
      .def_property_readonly("contacts_unplaced",
                             [](const held_answer& a) { return a.value.profile.contacts.unplaced.size(); })
      .def_property_readonly("names",
                             [](const held_answer& a) {
                               std::vector<std::string> names;
                               for (const auto& c : a.value.profile.rows.view().columns()) names.push_back(c.name);
                               return names;
                             })
      .def(
          "column",
          [](const py::object& self, const std::string& name) {
            const held_answer& a = self.cast<const held_answer&>();
            a.doctors_seen.check_column(name);
            return column_out(a.value.profile.rows.view().require(name, "profile").value(), self);
          },
          py::arg("name"))
      .def("segments", [](const held_answer& a) { return segments_out(a.engine.fitted().segments, a.value.segments); })
      .def(
          "segment_reasons",
          [](const held_answer& a, const std::string& language, int threads) {
            const auto workers = threads_for(threads);
            const auto in = language_of(language);
            std::vector<std::string> reasons;
            {
              const py::gil_scoped_release unlocked;
              reasons = segment_reasons(a.engine.fitted().segments, a.value.segments, in, workers.get());
            }
            return texts_out(reasons);
          },
          py::arg("language"), py::arg("threads"))
      .def(
          "bases",
          [](const held_answer& a) {
            std::vector<std::int32_t> codes;
            for (const segment::basis b : a.value.segments.potential_basis)
              codes.push_back(static_cast<std::int32_t>(b));
            using segment::basis;
            return text_out(std::move(codes),
                            {std::string(name_of(basis::volume)), std::string(name_of(basis::scorecard)),
                             std::string(name_of(basis::none))});
          },
          "Which road led to the grade of each doctor.")
      .def(
          "reason",
          [](const held_answer& a, py::ssize_t row, const std::string& language) {
            return segment::reason(a.engine.fitted().segments, a.value.segments, checked_row(row, a.rows()),
                                   language_of(language));
          },
          py::arg("row"), py::arg("language"))
      .def(
          "contributions",
          [](const held_answer& a, py::ssize_t row, const std::string& score) {
            const std::size_t of = checked_row(row, a.rows());
            a.doctors_seen.check_row(of);
            return contributions_out(a.engine.fitted().segments, a.value.rows, of, score);
          },
          py::arg("row"), py::arg("score"))
      .def(
          "tags",
          [](const held_answer& a, int threads) {
            const auto workers = threads_for(threads);
            a.doctors_seen.check();  // since when is read again
            return tags_out(a.engine.fitted().policy, a.engine.tags(), a.value.tags, a.value.rows, a.value.profile,
                            workers.get());
          },
          py::arg("threads"))
      .def("picks", &picks)
      .def("pick_rows", [](const held_answer& a) { return rows_of(a.value.decisions.picks); })
      .def(
          "pick_reasons",
          [](const held_answer& a, const std::string& language, int threads) {
            const auto workers = threads_for(threads);
            const auto in = language_of(language);
            std::vector<std::string> reasons;
            {
              const py::gil_scoped_release unlocked;
              reasons = pick_reasons(a, in, workers.get());
            }
            return texts_out(reasons);
          },
          py::arg("language"), py::arg("threads"))
      .def("funnel", &funnel)
      .def("drops", [](const held_answer& a) { return drops(a.engine.recommender(), a.value.decisions.drops); })
      .def("drop_rows", [](const held_answer& a) { return rows_of(a.value.decisions.drops); })
      .def(
          "again",
          [](const py::object& self, py::ssize_t row) {
            return again(self, checked_row(row, self.cast<const held_answer&>().rows()));
          },
          py::arg("row"), "The answer of one doctor alone, with a trace.")
      .def("rejected", [](const held_answer& a) { return rejected_out(a.value.rejected); });
}

}  // namespace tierwise::python
