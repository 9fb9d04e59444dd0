// The languages in which results are told to people.
#ifndef TIERWISE_CORE_LANGUAGE_HPP
#define TIERWISE_CORE_LANGUAGE_HPP

#include <cstdint>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

enum class language : std::uint8_t { english, chinese };

}  // namespace tierwise

#endif
