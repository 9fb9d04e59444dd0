// Spellings of titles and hospital levels as they are really written, in Chinese and English, onto the names that policies use.
#ifndef TIERWISE_SEGMENT_DICTIONARY_HPP
#define TIERWISE_SEGMENT_DICTIONARY_HPP

#include <cstdint>
#include <string_view>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

enum class dictionary : std::uint8_t {
  none,
  title,  ///< chief_physician, associate_chief_physician, attending_physician, resident_physician
  hospital_level,  ///< tier_3_large (三级甲等, 三特), tier_3 (三级, 三乙, 三丙), tier_2 (二级 of any grade), below (一级, 社区, 未定级)
};

/// "none", "title", "hospital_level"
[[nodiscard]] std::string_view name_of(dictionary which) noexcept;

/// The name that `text` means, or nothing where it is not known for sure. UTF-8; spaces, punctuation, case and full-width forms
/// do not matter: "主任医师、教授", "主任医师/教授" and "Chief Physician, Professor" are all chief_physician.
/// Known not to be known: an academic title alone (教授), an office (科主任, 副主任), titles of other professions (主任药师), and a
/// text that names two different titles or levels. O(length); keeps nothing; safe to call at once.
[[nodiscard]] std::string_view canonical(dictionary which, std::string_view text);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/dictionary.ipp>
#endif
#endif
