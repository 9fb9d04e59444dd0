// A service: one engine, shared by every thread, answers for one doctor at a time. The answer for one doctor is the answer
// that doctor gets in an overnight batch, to the last bit.
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tierwise/model/engine.hpp>
#include <tierwise/simulate/territory.hpp>
#include <tierwise/tierwise.hpp>

namespace {

/// What your service knows when the phone rings: the doctor, the doctor's contacts, the consents.
struct call {
  tierwise::table doctor, contacts, consents;
};

/// The rows of one doctor, as your database would return them.
call look_up(const tierwise::simulate::territory& base, std::string_view hcp_id) {
  const auto rows_of = [hcp_id](const tierwise::table& from) {
    const tierwise::column_view ids = *from.view().find("hcp_id");
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < ids.size(); ++row)
      if (ids.text(row) == hcp_id) rows.push_back(row);
    return tierwise::gather(from.view(), rows);
  };
  return {rows_of(base.hcps), rows_of(base.interactions), rows_of(base.consents)};
}

/// Handles one request. `engine` is immutable: no lock, no copy.
std::string answer(const tierwise::model::engine& engine, const call& request, tierwise::date today) {
  auto profile =
      tierwise::model::build_profile(engine.fitted().policy, request.doctor.view(), &request.contacts.view(), today);
  if (!profile) return profile.error().what();
  const auto decided = engine.decide(std::move(profile).value(), &request.consents.view(), nullptr);
  if (!decided) return decided.error().what();
  const auto& found = decided.value();
  if (found.segments.size() == 0)
    return "not among our doctors";  // or one whose row could not be used: profile.rejected
  std::string out = tierwise::segment::reason(engine.fitted().segments, found.segments, 0);
  for (std::size_t pick = 0; pick < found.decisions.picks.size(); ++pick)
    out += "\n  " + tierwise::recommend::reason(engine.recommender(), found.given(), found.decisions, pick);
  return out;
}

}  // namespace

int main() {
  try {
    // At start-up: a policy, a population to learn cuts from, one engine.
    const tierwise::date today = tierwise::parse_date("2026-06-30").value();
    tierwise::simulate::options size;
    size.hcps = 500;
    size.to = today;
    const auto base = tierwise::simulate::make_territory(size).value();
    const auto policy = tierwise::policy::parse(tierwise::policy::default_json()).value();
    const auto population =
        tierwise::model::build_profile(policy, base.hcps.view(), &base.interactions.view(), today).value();
    const auto engine =
        tierwise::model::engine::make(tierwise::model::fit(policy, population, &base.history.view()).value()).value();

    // Serving: four threads, one engine.
    const std::vector<std::string> calling = {"S0000001", "S0000002", "S0000003", "no such doctor"};
    std::vector<std::string> answers(calling.size());
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < calling.size(); ++i)
        threads.emplace_back([&, i] { answers[i] = answer(engine, look_up(base, calling[i]), today); });
    }
    for (std::size_t i = 0; i < calling.size(); ++i) std::printf("%s  %s\n\n", calling[i].c_str(), answers[i].c_str());
  } catch (const tierwise::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
