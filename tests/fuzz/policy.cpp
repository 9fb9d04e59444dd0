// Any bytes are a policy that survives being written and read again, or a list of faults, each with its place.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <tierwise/policy/policy.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tierwise;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto faults = policy::check(text);
  const auto parsed = policy::parse(text);
  if (parsed.has_value() != faults.empty()) std::abort();
  if (parsed && policy::parse(policy::format(parsed.value())).value() != parsed.value()) std::abort();
  return 0;
}
