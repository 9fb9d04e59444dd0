#include <tierwise/segment/stability.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

TIERWISE_INLINE stability default_stability() noexcept {
  return {.volume_band = 0.05, .score_band = 2, .minimum_stay_days = 90, .large_move = 2};
}

TIERWISE_INLINE std::vector<Error> check(const stability& what) {
  std::vector<Error> faults;
  const auto expect = [&](bool good, const char* key, const char* message) {
    if (!good)
      faults.push_back(Error(errc::policy_out_of_range, message,
                             {.path = std::string("/segment/stability/").append(key), .column = {}}));
  };
  expect(what.volume_band >= 0 && what.volume_band < 1, "volume_band", "expected a share from 0 to below 1");
  expect(what.score_band >= 0 && what.score_band <= 100, "score_band", "expected 0 to 100 points");
  expect(what.minimum_stay_days >= 0 && what.minimum_stay_days <= 3660, "minimum_stay_days", "expected 0 to 3660 days");
  expect(what.large_move >= 1, "large_move", "expected at least 1 step");
  return faults;
}

}  // namespace tierwise::segment
