// What the checks of the room share: faults with their places.
#ifndef TIERWISE_SEGMENT_IMPL_FAULTS_IPP
#define TIERWISE_SEGMENT_IMPL_FAULTS_IPP

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tierwise/core/error.hpp>

namespace tierwise::inline TIERWISE_ABI::segment::detail {

/// Collects faults with their places.
struct faults {
  std::vector<Error> found;

  void add(errc code, std::string path, std::string message) {
    found.emplace_back(code, std::move(message), place{"/segment" + std::move(path), {}, -1});
  }
};

TIERWISE_INLINE std::string number_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};  // shortest; the same in every locale
}

TIERWISE_INLINE std::string at(std::string path, std::size_t i) { return std::move(path) + "/" + std::to_string(i); }

/// A step of a JSON pointer (RFC 6901).
TIERWISE_INLINE std::string at(std::string path, std::string_view key) {
  path += '/';
  for (const char c : key) {
    if (c == '~')
      path += "~0";
    else if (c == '/')
      path += "~1";
    else
      path += c;
  }
  return path;
}

/// A fault at `path` unless low ≤ value ≤ high; NaN is always one.
TIERWISE_INLINE bool check_range(faults& out, double value, double low, double high, std::string path) {
  if (value >= low && value <= high) return true;
  out.add(errc::policy_out_of_range, std::move(path),
          std::string("expected a number from ")
              .append(number_text(low))
              .append(" to ")
              .append(number_text(high))
              .append(", found ")
              .append(number_text(value)));
  return false;
}

}  // namespace tierwise

#endif
