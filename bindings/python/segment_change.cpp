#include <tierwise/segment/change.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

py_dict ways_up(const held_segments& model, const held_profile& profile, const std::string& language, int threads) {
  const segment::model& m = *model.value;
  const segment::language in = language_of(language);
  const auto workers = threads_for(threads);
  const std::size_t rows = profile.value.rows.view().rows(), efforts = m.policy.efforts.size();
  std::vector<std::int32_t> tier(rows), then(rows), outcome(rows);
  std::vector<std::uint8_t> found(rows);
  std::vector<double> cost(rows, missing);
  std::vector<std::vector<std::int32_t>> times(efforts, std::vector<std::int32_t>(rows));
  std::vector<double> potential(rows), identity(rows), engagement(rows);
  std::vector<std::int32_t> grade(rows), identity_level(rows), engagement_level(rows);
  std::vector<std::string> words(rows);
  {
    const py::gil_scoped_release unlocked;
    const std::vector<segment::change> changes =
        segment::smallest_changes(m, profile.value.rows.view(), workers.get()).value();
    const auto code = [](std::uint8_t step) { return step == segment::unknown_level ? -1 : std::int32_t{step}; };
    for (std::size_t row = 0; row < rows; ++row) {
      const segment::change& c = changes[row];
      tier[row] = c.now.tier;
      then[row] = c.then.tier;
      outcome[row] = static_cast<std::int32_t>(c.outcome);
      found[row] = c.outcome == segment::way_up::found ? 1 : 0;
      if (found[row] != 0) cost[row] = c.cost;
      for (const segment::effort_count& e : c.efforts) times[e.effort][row] = e.times;
      potential[row] = c.then.potential;
      identity[row] = c.then.identity;
      engagement[row] = c.then.engagement;
      grade[row] = code(c.then.grade);
      identity_level[row] = code(c.then.identity_level);
      engagement_level[row] = code(c.then.engagement_level);
      words[row] = segment::words(m, c, in);
    }
  }
  const segment::scheme& s = m.policy.scheme;
  py_dict out;
  out["tier"] = moved(std::move(tier));
  out["outcome"] = text_out(std::move(outcome), {"found", "best tier", "out of reach"});
  out["tier_then"] = moved(std::move(then));
  out["cost"] = moved(std::move(cost));
  for (std::size_t e = 0; e < efforts; ++e)
    out[py::str("times_" + m.policy.efforts[e].id)] = moved(std::move(times[e]));
  out["potential_then"] = moved(std::move(potential));
  out["grade_then"] = text_out(std::move(grade), s.grades);
  out["identity_score_then"] = moved(std::move(identity));
  out["identity_level_then"] = text_out(std::move(identity_level), s.identity_levels);
  out["engagement_score_then"] = moved(std::move(engagement));
  out["engagement_level_then"] = text_out(std::move(engagement_level), s.engagement_levels);
  out["words"] = texts_out(words);
  return out;
}

}  // namespace

void register_segment_change(py::module_& m) {
  m.def("ways_up", &ways_up, py::arg("model"), py::arg("profile"), py::arg("language"), py::arg("threads"));
}

}  // namespace tierwise::python
