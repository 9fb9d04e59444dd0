#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <tierwise/tag/trace.hpp>

#include <tierwise/tag/impl/trace_tree.ipp>
#include <tierwise/tag/impl/trace_flips.ipp>
#include <tierwise/tag/impl/trace_words.ipp>

namespace tierwise::inline TIERWISE_ABI::tag {
namespace detail {

/// The first day after as_of on which the rules say otherwise if nothing happens.
TIERWISE_INLINE std::optional<date> turns_by_itself(const registry& tags, std::size_t tag, const table_view& profiles,
                                                    std::size_t row, bool yes, const trace_options& how) {
  const history& past = *how.past;
  if (past.contacts.begin.size() != profiles.rows() + 1 || !past.contacts.is_of(past.channels.channels))
    return std::nullopt;
  const since_plan plan = plan_since(tags, tag, past);
  if (!plan.possible) return std::nullopt;
  const since_walker walker(tags, plan, profiles, past);
  const std::vector<date> days = walker.days_after(row, past.as_of + how.days_ahead);
  const bit_set then = walker.truth_on(std::vector<std::size_t>(days.size(), row), days);
  for (std::size_t i = 0; i < days.size(); ++i)
    if (then.test(i) != yes) return days[i];
  return std::nullopt;
}

}  // namespace detail

TIERWISE_INLINE result<trace> trace_tag(const registry& tags, std::size_t tag, const table_view& profiles,
                                        std::size_t row, const trace_options& how) {
  if (tag >= tags.rules.size() || row >= profiles.rows())
    return Error(errc::invalid_argument, "there is no such tag or row", {.path = {}, .column = "tag"});
  if (auto fits = detail::bind_checked(tags, profiles, how.said); !fits) return fits.error();
  const detail::one_doctor doctor(tags, tag, profiles, row, how.said);
  trace out;
  out.tag = tag;
  out.verdict = doctor.verdict(tag);
  out.said = doctor.is_said(tag);
  detail::tracer(tags, doctor, out).add(tag);
  if (!out.said) {
    out.flips = detail::flip_finder(tags, tag, doctor).find(out.verdict, how.most_flips);
    if (how.past != nullptr && how.said == nullptr && out.verdict != truth::unknown)
      out.by_itself = detail::turns_by_itself(tags, tag, profiles, row, out.verdict == truth::yes, how);
  }
  return out;
}

}  // namespace tierwise
