// Any bytes are a question over tags or an error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <tierwise/tag/count.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tierwise;
  tag::tag_bits bits{{bit_set(70), bit_set(70)}, {bit_set(70), bit_set(70)}};
  for (std::size_t row = 0; row < 70; row += 3) bits.known[0].set(row), bits.yes[0].set(row), bits.known[1].set(row);
  const auto found = tag::query({reinterpret_cast<const char*>(data), size}, {"a", "b_2"}, bits);
  if (!found && found.error().message().empty()) std::abort();
  if (found)
    for (std::size_t row = 0; row < 70; ++row)
      if (found.value().yes.test(row) && !found.value().known.test(row)) std::abort();
  return 0;
}
