// What the README's C++ snippet leaves to its reader: the columns, and what he sees in the end.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/tierwise.hpp>

namespace readme {

inline const std::vector<std::int32_t> code = {0, 1, 0};
inline const std::vector<std::string_view> titles = {"chief_physician", "resident_physician"};
inline const std::vector<std::string_view> hospitals = {"tier_3_large", "below"};
inline const std::vector<double> many = {3, 0, 3}, points = {1, 0, 40}, coverage = {1, 1, 1};

inline std::vector<double> volume() { return {900, 0, 700}; }

inline void add_the_rest(tierwise::table_view& doctors) {
  doctors.add("title", tierwise::column_view::categories(code, titles));
  doctors.add("hospital_level", tierwise::column_view::categories(code, hospitals));
  for (const char* name : {"patients_per_week", "society_offices", "trials", "publications", "teaching"})
    doctors.add(name, std::span(many));
  doctors.add("points", std::span(points));
  doctors.add("contact_coverage", std::span(coverage));
}

inline int check(const tierwise::segment::assignment& segments, int tier, const std::string& why) {
  std::printf("tiers %d %d %d\n%s\n", tier, segments.tier[1], segments.tier[2], why.c_str());
  const bool right = tier == 2 && segments.tier[1] == 9 && segments.tier[2] == 1 &&
                     why.starts_with("Tier 2 (traditional): grade A (volume decile ");
  return right ? 0 : 1;
}

}  // namespace readme
